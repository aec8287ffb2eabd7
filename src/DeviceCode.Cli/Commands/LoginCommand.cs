namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Profiles;
using DeviceCode.Cli.Settings;
using DeviceCode.Cli.Terminal;
using DeviceCode.Cli.Tokens;
using DeviceCode.Client;

/// <summary><c>devicecode login</c>: request, show, poll.</summary>
internal sealed class LoginCommand : CliCommand
{
    private readonly Argument<string?> _target = new("URL|PROVIDER")
    {
        HelpName = "URL|PROVIDER",
        Description = "what to sign in to: the address of a service, or a name that \"devicecode providers\" lists (default: as the last time)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _clientId = new("--client-id")
    {
        Description = "the client to be; with one, an address is an OAuth server and the login ends with tokens",
        HelpName = "id",
    };

    private readonly Option<string?> _clientSecretFile = new("--client-secret-file") { Description = "a file with the client's secret, where it has one", HelpName = "file" };
    private readonly Option<string?> _scope = new("--scope", "-s") { Description = "what to ask for, separated by spaces", HelpName = "scopes" };
    private readonly Option<string[]> _parameters = new("--parameter") { Description = "one more parameter of the request, such as audience=https://api.example.com", HelpName = "name=value" };
    private readonly Option<string?> _deviceEndpoint = new("--device-authorization-endpoint") { Description = "where codes are asked for, if the server has no metadata", HelpName = "url" };
    private readonly Option<string?> _tokenEndpoint = new("--token-endpoint") { Description = "where tokens are asked for, if the server has no metadata", HelpName = "url" };
    private readonly Option<bool> _noBrowser = new("--no-browser") { Description = "do not offer to open a browser" };
    private readonly Option<bool> _qr = new("--qr") { Description = "print the QR code even where the screen cannot be drawn again" };
    private readonly Option<bool> _noQr = new("--no-qr") { Description = "show no QR code" };
    private readonly Option<bool> _copy = new("--copy") { Description = "put the code on the clipboard; works over SSH, too" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "print the code and end; --resume goes on" };
    private readonly Option<string?> _resume = new("--resume") { Description = "go on with a login of --no-wait; - reads it from standard input", HelpName = "file|-" };
    private readonly Option<string?> _storage = new("--storage") { Description = "where to keep the tokens (default: the keyring where there is one)", HelpName = "keyring|file" };

    /// <summary>The command.</summary>
    public LoginCommand(Surroundings around)
        : base("login", "Sign in with a code that you approve in a browser, on any machine.", around)
    {
        _storage.AcceptOnlyFromAmong("keyring", "file");
        _target.CompletionSources.Add(_ => NamedProvider.All.Select(provider => provider.Name));
        Add(_target);
        foreach (var option in new Option[]
        {
            _clientId, _clientSecretFile, _scope, _parameters, _deviceEndpoint, _tokenEndpoint, _noBrowser, _qr, _noQr, _copy, _noWait, _resume, _storage,
        })
        {
            Add(option);
        }
    }

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode login https://login.example.com", "learn who signs in, and where their API keys are"),
        ("devicecode login https://login.example.com --client-id cli --scope \"profile offline_access\"", "get tokens, by discovery"),
        ("devicecode login microsoft:contoso.com --client-id ID -p work", "a provider by name, kept as the profile \"work\""),
        ("devicecode login github --client-id ID --no-wait --json > login.json; devicecode login --resume login.json", "in two steps, for programs"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var arguments = context.Arguments;
        var pending = arguments.GetValue(_resume) is { } file ? PendingLogin.Parse(await ReadAsync(context, file, cancellationToken)) : null;
        var profile = pending is null || context.ProfileIsGiven ? context.ProfileName : context.Settings.Profile(pending.Profile);
        var target = pending?.Target ?? Target(context, profile);
        var flow = target.Service is not null
            ? (LoginFlow)new ServiceFlow(context, target)
            : new ProviderFlow(context, target, profile, ClientSecret(context, target), Storage(context, profile));

        var noWait = arguments.GetValue(_noWait);
        if (!noWait)
        {
            context.Profiles.Prepare(profile);
        }

        var authorization = pending?.Authorization ?? await flow.RequestAsync(cancellationToken);
        if (noWait)
        {
            Leave(context, new PendingLogin { Profile = profile, Target = flow.Target, Authorization = authorization });
            return ExitCode.Ok;
        }

        var signedIn = await FinishAsync(context, flow, authorization, arguments.GetValue(_resume), cancellationToken);
        var before = context.Profiles.Load(profile)?.Storage;
        context.Profiles.Save(profile, signedIn);
        Tell(context, profile, signedIn);
        await MoveAsync(context, profile, before, signedIn.Storage);
        return ExitCode.Ok;
    }

    private async Task<Profile> FinishAsync(CommandContext context, LoginFlow flow, DeviceAuthorization authorization, string? resumed, CancellationToken cancellationToken)
    {
        try
        {
            var signedIn = await flow.FinishAsync(authorization, View(context, flow.Target.Name, authorization), cancellationToken);
            Forget();
            return signedIn;
        }
        catch (DeviceLoginException over) when (over.Failure is DeviceLoginFailure.Denied or DeviceLoginFailure.Expired or DeviceLoginFailure.InvalidCode)
        {
            Forget();
            throw;
        }

        // A code that is decided is of no more use to anybody.
        void Forget()
        {
            if (resumed is not (null or "-"))
            {
                PrivateFile.Delete(resumed);
            }
        }
    }

    private LoginTarget Target(CommandContext context, string profile)
    {
        var arguments = context.Arguments;
        var settings = context.Settings.For(profile);
        var clientId = arguments.GetValue(_clientId) ?? settings.ClientId;
        LoginTarget target;
        if ((arguments.GetValue(_deviceEndpoint), arguments.GetValue(_tokenEndpoint)) is var (device, token) && (device ?? token) is not null)
        {
            var (codes, tokens) = (Endpoint(device), Endpoint(token));
            target = new LoginTarget
            {
                Provider = new Provider { Name = tokens.Authority, DeviceAuthorizationEndpoint = codes, TokenEndpoint = tokens },
                ClientId = clientId,
            };
        }
        else if ((arguments.GetValue(_target) ?? settings.Provider) is { } named)
        {
            target = new LoginTargets(context.Settings.File.Providers).Find(named, clientId);
        }
        else if (context.Profiles.Load(profile)?.Target is { } before)
        {
            target = before with { ClientId = clientId ?? before.ClientId };
        }
        else
        {
            throw new CommandException(
                ExitCode.Usage, "There is nothing to sign in to.", "Name it: devicecode login https://login.example.com, or a name that devicecode providers lists.");
        }

        return target with
        {
            ClientSecretFile = (arguments.GetValue(_clientSecretFile) ?? settings.ClientSecretFile) is { } secret ? Path.GetFullPath(secret) : target.ClientSecretFile,
            Scope = arguments.GetValue(_scope) ?? settings.Scope ?? target.Scope,
            Parameters = Parameters(arguments.GetValue(_parameters)) ?? settings.Parameters ?? target.Parameters,
        };
    }

    private static Uri Endpoint(string? text) => (text is null ? null : LoginTargets.Address(text, allowsQuery: true)) ?? throw new CommandException(
        ExitCode.Usage, "A server without metadata needs both endpoints.", "Give --device-authorization-endpoint and --token-endpoint, as whole addresses.");

    private static Dictionary<string, string>? Parameters(string[]? pairs)
    {
        if (pairs is not { Length: > 0 })
        {
            return null;
        }

        var parameters = new Dictionary<string, string>();
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            parameters[equals > 0 ? pair[..equals] : throw new CommandException(ExitCode.Usage, $"The parameter {pair} has no value.", "Write it as name=value.")] = pair[(equals + 1)..];
        }

        return parameters;
    }

    // A secret in a file that the command line names comes before one in the environment.
    private string? ClientSecret(CommandContext context, LoginTarget target) =>
        context.Arguments.GetValue(_clientSecretFile) is null ? context.Settings.ClientSecret : target.ReadSecret();

    private TokenStorage Storage(CommandContext context, string profile)
    {
        if (WantedStorage(context) is { } wanted)
        {
            return wanted == TokenStorage.File || context.Keyring.Works() ? wanted : throw new CommandException(
                ExitCode.Usage, "There is no keyring here, or it is locked.", "Unlock it, or use --storage file.");
        }

        return context.Keyring.Works() ? TokenStorage.Keyring : TokenStorage.File;
    }

    private TokenStorage? WantedStorage(CommandContext context) => context.Arguments.GetValue(_storage) switch
    {
        "keyring" => TokenStorage.Keyring,
        "file" => TokenStorage.File,
        _ => context.Settings.Storage,
    };

    private ILoginView View(CommandContext context, string name, DeviceAuthorization authorization)
    {
        var around = context.Around;
        if (context.IsJson)
        {
            return new EventsView(around.Output, around.Time);
        }

        var copied = context.Arguments.GetValue(_copy) && Copy(around, authorization.UserCode);
        var kind = new TerminalKind(around);
        var wantsQr = context.Arguments.GetValue(_qr) ? true : context.Arguments.GetValue(_noQr) ? false : context.Settings.Qr;
        var browser = context.Arguments.GetValue(_noBrowser) || context.Settings.Browser == false ? null : Browser.Find(around);
        return kind.IsLive
            ? new ScreenView(around, name, browser, wantsQr ?? kind.HasColour, copied)
            : new LinesView(around.Error, name, wantsQr ?? false, around.Time);
    }

    private static bool Copy(Surroundings around, string code)
    {
        if (!around.ErrorIsTerminal)
        {
            around.Error.WriteLine("notice: the code is not on the clipboard: there is no terminal to put it there.");
            return false;
        }

        around.Error.Write(Clipboard.Sequence(Printable.Line(code)));
        return true;
    }

    private static void Leave(CommandContext context, PendingLogin login)
    {
        var (output, time) = (context.Around.Output, context.Around.Time);
        if (context.IsJson)
        {
            EventsView.Print(output, EventsView.CodeEvent(login.Authorization, time) with { Resume = login });
            return;
        }

        var file = context.Profiles.Keep(login);
        LinesView.PrintSteps(output, login.Target.Name, login.Authorization, showsQr: false, time);
        output.WriteLine($"Then: devicecode login --resume {file}");
    }

    // Says once that there is no keyring, and leaves no old tokens behind where there is one by now.
    private async Task MoveAsync(CommandContext context, string profile, TokenStorage? before, TokenStorage? now)
    {
        if (now == TokenStorage.File && before != now && WantedStorage(context) is null)
        {
            context.Notice($"no keyring answers here, so the tokens are in {context.Files.PathOf(profile)}, which only you can read.");
        }

        if (before is { } old && old != now)
        {
            try
            {
                await context.Tokens(old).DeleteAsync(profile, CancellationToken.None);
            }
            catch (CommandException)
            {
                context.Notice("the keyring does not answer, so the tokens of the login before are still in it.");
            }
        }
    }

    private static void Tell(CommandContext context, string profile, Profile signedIn)
    {
        if (context.IsJson)
        {
            EventsView.Print(context.Around.Output, new LoginEvent
            {
                Event = "complete",
                Profile = profile,
                Provider = signedIn.Target.Name,
                User = signedIn.User,
                ApiKeysUrl = signedIn.ApiKeysUrl?.AbsoluteUri,
            });
            return;
        }

        var mark = context.Around.OutputIsTerminal && new TerminalKind(context.Around).HasColour ? "\e[32m✓\e[0m " : "";
        context.Around.Output.WriteLine($"{mark}Signed in to {Printable.Line(signedIn.Target.Name)}{(signedIn.User is null ? "" : $" as {signedIn.User}")}.");
        if (signedIn.ApiKeysUrl is { } keys)
        {
            context.Around.Output.WriteLine($"Your API keys: {keys.AbsoluteUri}");
        }
    }

    private static async Task<byte[]> ReadAsync(CommandContext context, string file, CancellationToken cancellationToken)
    {
        if (file == "-")
        {
            using var buffer = new MemoryStream();
            await context.Around.Input.CopyToAsync(buffer, cancellationToken);
            return buffer.ToArray();
        }

        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"The login cannot be read from {file}.", "Name the file that --no-wait has printed; a login that has ended has none.", missing);
        }
    }
}
