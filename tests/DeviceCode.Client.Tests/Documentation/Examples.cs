namespace DeviceCode.Client.Tests.Documentation;

using System.Net.Http.Json;
using System.Text.Json;
using DeviceCode.Client.Tests.Service;

/// <summary>
/// The examples in docs/client.md and in the package's README, between the marks. Where a test needs other code than the document, the
/// document's code follows "printed:" in a comment behind the test's code or on the line above it.
/// </summary>
internal static class Examples
{
    public static async Task<TokenSet> GitHubAsync(Transport transport)
    {
        // <github>
        var options = new DeviceLoginOptions
        {
            Provider = Providers.GitHub(),
            ClientId = "your-client-id", // from https://github.com/settings/developers
            Scope = "read:user",
            Transport = transport, // printed:
        };

        var tokens = await DeviceLogin.LoginAsync(options, new ConsolePrompt());
        // </github>
        return tokens;
    }

    public static async Task<TokenSet> SignInAsync(LiveService service)
    {
        // <sign in>
        var options = new DeviceLoginOptions
        {
            // printed: Provider = Providers.Discover(new Uri("https://login.example.com")),
            Provider = Providers.Discover(LiveService.Address),
            ClientId = "cli",
            Scope = "profile email offline_access",
            Transport = service.Transport, // printed:
        };

        // printed: var tokens = await DeviceLogin.LoginAsync(options, new ConsolePrompt());
        var tokens = await DeviceLogin.LoginAsync(options, service.With(new ConsolePrompt()));
        // </sign in>
        return tokens;
    }

    public static async Task<TokenSet> StepByStepAsync(
        DeviceLoginOptions options, IDeviceLoginPrompt prompt, CancellationToken cancellationToken)
    {
        // <step by step>
        var login = new DeviceLogin(options);

        // 1. Request a device code and a user code.
        var authorization = await login.RequestAsync(cancellationToken);

        // 2. Show the user code and the URL.
        Console.WriteLine($"Open {authorization.VerificationUri.AbsoluteUri} and enter {authorization.UserCode}");

        // 3. Poll until the user has decided. If this is cancelled, the codes stay valid: another process can continue with them.
        var tokens = await login.PollAsync(authorization, prompt, cancellationToken);
        // </step by step>
        return tokens;
    }

    public static string Keep(DeviceAuthorization authorization)
    {
        // <keep>
        var json = JsonSerializer.Serialize(authorization, ClientJson.Default.DeviceAuthorization);
        // </keep>
        return json;
    }

    public static async Task<int> FailAsync(DeviceLoginOptions options, IDeviceLoginPrompt prompt)
    {
        // <fail>
        try
        {
            await DeviceLogin.LoginAsync(options, prompt);
            return 0;
        }
        catch (DeviceLoginException failure)
        {
            Console.Error.WriteLine($"{failure.Message} {failure.Fix}");
            return failure.Failure == DeviceLoginFailure.Denied ? 2 : 1;
        }
        // </fail>
    }

    public static async Task<string?> CallAsync(DeviceLogin login, TokenSet tokens, HttpMessageHandler handler)
    {
        // <call>
        var store = new InMemoryTokenStore();
        await store.SaveAsync("example", tokens, CancellationToken.None);

        var stored = new StoredTokens(login, store, "example");
        // printed: using var client = new HttpClient(new AccessTokenHandler(stored, new Uri("https://login.example.com"))
        using var client = new HttpClient(new AccessTokenHandler(stored, LiveService.Address)
        {
            InnerHandler = handler, // printed: InnerHandler = new SocketsHttpHandler(),
        });

        // printed: var user = await client.GetFromJsonAsync<JsonElement>("https://login.example.com/oauth/userinfo");
        var user = await client.GetFromJsonAsync<JsonElement>(new Uri(LiveService.Address, "/oauth/userinfo"));
        Console.WriteLine($"Signed in as {user.GetProperty("name")}");
        await stored.SignOutAsync();
        // </call>
        return user.GetProperty("name").GetString();
    }

    public static async Task<SignedInUser> WhoAsync(LiveService service)
    {
        // <who>
        // printed: var login = new UserLogin(new Uri("https://login.example.com"));
        var login = new UserLogin(LiveService.Address, service.Transport);
        // printed: var user = await login.LoginAsync(new ConsolePrompt());
        var user = await login.LoginAsync(service.With(new ConsolePrompt()));
        Console.WriteLine($"{user.DisplayName} finds API keys at {user.ApiKeysUrl}");
        // </who>
        return user;
    }

    public static async Task<string> CredentialAsync(StoredTokens stored, Transport transport, HttpMessageHandler handler)
    {
        // <credential>
        // printed: var broker = new CredentialClient(new Uri("https://login.example.com"), stored);
        var broker = new CredentialClient(new Uri("https://login.example.com"), stored, transport);
        if (await broker.PutAsync("github", new() { Scope = "read:user" }) is CredentialResponse.Pending pending)
        {
            await broker.WaitAsync(pending, new ConsolePrompt());
        }

        using var github = new HttpClient(new CredentialHandler(broker, "github", new Uri("https://api.github.com"))
        {
            InnerHandler = handler, // printed: InnerHandler = new SocketsHttpHandler(),
        });
        Console.WriteLine(await github.GetStringAsync("https://api.github.com/user"));
        // </credential>
        return await github.GetStringAsync("https://api.github.com/user");
    }

    public static async Task<(string Session, CredentialResponse Token)> SessionAsync(Transport transport, Action<string> store)
    {
        // <session>
        // printed: var anonymous = CredentialClient.ForSession(new Uri("https://login.example.com"));
        var anonymous = CredentialClient.ForSession(new Uri("https://login.example.com"), session: null, transport);
        var response = await anonymous.PutAsync("github");
        var session = response.Session!;
        store(session); // printed: // Store the session now: it is a secret, and it is not returned again.

        // printed: var broker = CredentialClient.ForSession(new Uri("https://login.example.com"), session);
        var broker = CredentialClient.ForSession(new Uri("https://login.example.com"), session, transport);
        var token = await broker.GetAsync("github");
        // </session>
        return (session, token);
    }

    public static async Task LoginsAsync(StoredTokens stored, Transport transport)
    {
        // <logins>
        // printed: var logins = new LoginsClient(new Uri("https://login.example.com"), stored);
        var logins = new LoginsClient(new Uri("https://login.example.com"), stored, transport);
        await foreach (var found in logins.ListAsync())
        {
            Console.WriteLine($"{found.ClientName} since {found.CreatedAt} from {found.CreatedFrom.Ip}");
        }

        await logins.EndAllAsync(exceptCurrent: true);
        // </logins>
    }

    // <prompt>
    private sealed class ConsolePrompt : IDeviceLoginPrompt // printed: sealed class ConsolePrompt : IDeviceLoginPrompt
    {
        public Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
        {
            Console.WriteLine($"Open {authorization.VerificationUri.AbsoluteUri} and enter {authorization.UserCode}");
            return Task.CompletedTask;
        }

        public void Report(DeviceLoginProgress progress)
        {
            if (progress.Failure is { } failure)
            {
                Console.WriteLine($"{failure.Message} The next try is at {progress.NextPollAt.ToLocalTime():T}.");
            }
        }
    }
    // </prompt>
}
