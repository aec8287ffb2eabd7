namespace DeviceCode.Client.Tests.Documentation;

using System.Net.Http.Json;
using System.Text.Json;
using DeviceCode.Client.Tests.Service;

/// <summary>
/// The code in docs/client.md and in the package's README, between the marks. What a test must put in its place stands in front of
/// "printed:", and what is printed behind it.
/// </summary>
internal static class Examples
{
    public static async Task<TokenSet> SignInAsync(LiveService service)
    {
        // <sign in>
        var options = new DeviceLoginOptions
        {
            Provider = Providers.Discover(new Uri("http://localhost:7071")),
            ClientId = "cli",
            Scope = "profile email offline_access",
            Connection = service.Connection, // printed:
        };

        var tokens = await DeviceLogin.LoginAsync(options, service.With(new ConsolePrompt())); // printed: var tokens = await DeviceLogin.LoginAsync(options, new ConsolePrompt());
        // </sign in>
        return tokens;
    }

    public static async Task<TokenSet> StepByStepAsync(DeviceLoginOptions options, IDeviceLoginPrompt prompt, CancellationToken cancellationToken)
    {
        // <step by step>
        var login = new DeviceLogin(options);

        // 1. Request a pair of codes.
        var authorization = await login.RequestAsync(cancellationToken);

        // 2. Show the user code, and where to enter it.
        Console.WriteLine($"Open {authorization.VerificationUri.AbsoluteUri} and enter {authorization.UserCode}");

        // 3. Poll until the person has decided. Cancelled, the codes stay good: written with ClientJson, another process can go on.
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
        using var client = new HttpClient(new AccessTokenHandler(stored, new Uri("http://localhost:7071"))
        {
            InnerHandler = handler, // printed: InnerHandler = new SocketsHttpHandler(),
        });

        var user = await client.GetFromJsonAsync<JsonElement>("http://localhost:7071/oauth/userinfo");
        Console.WriteLine($"Signed in as {user.GetProperty("name")}");
        await stored.SignOutAsync();
        // </call>
        return user.GetProperty("name").GetString();
    }

    public static async Task<SignedInUser> WhoAsync(LiveService service)
    {
        // <who>
        var login = new UserLogin(new Uri("http://localhost:7071"), service.Connection); // printed: var login = new UserLogin(new Uri("http://localhost:7071"));
        var user = await login.LoginAsync(service.With(new ConsolePrompt())); // printed: var user = await login.LoginAsync(new ConsolePrompt());
        Console.WriteLine($"{user.DisplayName} finds API keys at {user.ApiKeysUrl}");
        // </who>
        return user;
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
            if (progress.Trouble is { } trouble)
            {
                Console.WriteLine($"{trouble.Message} The next try is at {progress.NextPollAt.ToLocalTime():T}.");
            }
        }
    }
    // </prompt>
}
