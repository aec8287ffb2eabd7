namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Settings;
using DeviceCode.Client;

/// <summary>What can be typed after <c>devicecode login</c>, and what it means together with the environment, the configuration file and the login before.</summary>
internal sealed class LoginArguments
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
    private readonly Option<bool> _qr = new("--qr") { Description = "print the QR code even among plain lines" };
    private readonly Option<bool> _noQr = new("--no-qr") { Description = "show no QR code" };
    private readonly Option<bool> _copy = new("--copy") { Description = "put the code on the clipboard; works over SSH, too" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "print the code and end; --resume goes on" };
    private readonly Option<string?> _resume = new("--resume") { Description = "go on with a login of --no-wait; - reads it from standard input", HelpName = "file|-" };
    private readonly Option<string?> _storage = new("--storage") { Description = "where to keep the tokens (default: the keyring where there is one)", HelpName = "keyring|file" };

    /// <summary>Adds them all to the command.</summary>
    public void AddTo(Command command)
    {
        _storage.AcceptOnlyFromAmong("keyring", "file");
        _target.CompletionSources.Add(_ => NamedProvider.All.Select(provider => provider.Name));
        command.Add(_target);
        foreach (var option in new Option[]
        {
            _clientId, _clientSecretFile, _scope, _parameters, _deviceEndpoint, _tokenEndpoint, _noBrowser, _qr, _noQr, _copy, _noWait, _resume, _storage,
        })
        {
            command.Add(option);
        }
    }

    /// <summary>Refuses options that would have no effect: whoever typed them expected one.</summary>
    /// <exception cref="CommandException">Two of them contradict each other.</exception>
    public void RefuseContradictions(CommandContext context)
    {
        Refuse(context, IsGiven(context, _qr), "--qr and --no-qr contradict each other.", "Give one of them.", _noQr);
        Refuse(
            context,
            IsGiven(context, _resume),
            "--resume goes on with a login that has been started, and {0} is about starting one.",
            "Leave one of them out.",
            _target, _clientId, _scope, _parameters, _deviceEndpoint, _tokenEndpoint, _noWait);
        Refuse(context, IsGiven(context, _noWait), "--no-wait ends before there are tokens, so {0} has no effect.", "Give it to --resume.", _storage);
        Refuse(context, context.IsJson, "--json is for programs, so {0} has no effect.", "Leave one of them out.", _qr, _copy);
        Refuse(context, IsGiven(context, _tokenEndpoint), "The endpoints say what to sign in to, and so does {0}.", "Leave one of them out.", _target);
    }

    /// <summary>Refuses what only a client has, where there is none.</summary>
    /// <exception cref="CommandException">One such thing is given.</exception>
    public void RefuseWithoutClient(CommandContext context, LoginTarget target) => Refuse(
        context,
        target.Service is not null,
        "Without a client id, a login ends with who signed in, and {0} has no effect.",
        $"Give the id of the client: devicecode login {target.Service} --client-id ID {{0}} …",
        _clientSecretFile, _scope, _parameters, _storage);

    /// <summary>Whether to print the code and end.</summary>
    public bool IsNoWait(CommandContext context) => context.Arguments.GetValue(_noWait);

    /// <summary>The file to go on with, or <c>-</c>; null for a new login.</summary>
    public string? Resume(CommandContext context) => context.Arguments.GetValue(_resume);

    /// <summary>Whether to put the code on the clipboard.</summary>
    public bool Copies(CommandContext context) => context.Arguments.GetValue(_copy);

    /// <summary>Whether a browser is wanted.</summary>
    public bool WantsBrowser(CommandContext context) => !context.Arguments.GetValue(_noBrowser) && context.Settings.Browser != false;

    /// <summary>Whether a QR code is wanted; null where it fits.</summary>
    public bool? WantsQr(CommandContext context) => context.Arguments.GetValue(_qr) ? true : context.Arguments.GetValue(_noQr) ? false : context.Settings.Qr;

    /// <summary>Where tokens are to be kept; null for the keyring where there is one.</summary>
    public TokenStorage? Storage(CommandContext context) => context.Arguments.GetValue(_storage) switch
    {
        "keyring" => TokenStorage.Keyring,
        "file" => TokenStorage.File,
        _ => context.Settings.Storage,
    };

    /// <summary>The client's secret, when it is known without the target. One in a file that the command line names comes before one in the environment.</summary>
    public string? ClientSecret(CommandContext context, LoginTarget target) =>
        context.Arguments.GetValue(_clientSecretFile) is null ? context.Settings.ClientSecret : target.ReadSecret();

    /// <summary>Where the client's secret is, as the command line, the environment or the configuration says; null for nowhere.</summary>
    public string? ClientSecretFile(CommandContext context, string profile) =>
        (context.Arguments.GetValue(_clientSecretFile) ?? context.Settings.For(profile, context.Arguments.GetValue(_target)).ClientSecretFile) is { } file ? Path.GetFullPath(file) : null;

    /// <summary>What to sign in to.</summary>
    /// <exception cref="CommandException">Nothing, or nothing that makes sense.</exception>
    public LoginTarget Target(CommandContext context, string profile)
    {
        var arguments = context.Arguments;
        var settings = context.Settings.For(profile, arguments.GetValue(_target));
        var target = Named(context, profile, settings.Provider, arguments.GetValue(_clientId) ?? settings.ClientId);
        return target with
        {
            ClientSecretFile = ClientSecretFile(context, profile) ?? target.ClientSecretFile,
            Scope = arguments.GetValue(_scope) ?? settings.Scope ?? target.Scope,
            Parameters = Parameters(arguments.GetValue(_parameters)) ?? settings.Parameters ?? target.Parameters,
        };
    }

    // Both texts have {0} where the name of the other belongs; an address in them may have braces of its own.
    private static void Refuse(CommandContext context, bool given, string problem, string fix, params Symbol[] others)
    {
        if (given && others.FirstOrDefault(other => IsGiven(context, other)) is { } other)
        {
            var name = other is Argument ? "the address or name" : other.Name;
            throw new CommandException(
                ExitCode.Usage, problem.Replace("{0}", name, StringComparison.Ordinal), fix.Replace("{0}", name, StringComparison.Ordinal));
        }
    }

    private static bool IsGiven(CommandContext context, Symbol symbol) => symbol switch
    {
        Option<bool> option => context.Arguments.GetValue(option),
        Option option => context.Arguments.GetResult(option) is { Implicit: false },
        Argument argument => context.Arguments.GetResult(argument) is { Tokens.Count: > 0 },
        _ => false,
    };

    private LoginTarget Named(CommandContext context, string profile, string? configured, string? clientId)
    {
        var (device, token) = (context.Arguments.GetValue(_deviceEndpoint), context.Arguments.GetValue(_tokenEndpoint));
        if ((device ?? token) is not null)
        {
            var (codes, tokens) = (Endpoint(device), Endpoint(token));
            return new LoginTarget { Provider = new Provider { Name = tokens.Authority, DeviceAuthorizationEndpoint = codes, TokenEndpoint = tokens }, ClientId = clientId };
        }

        if ((context.Arguments.GetValue(_target) ?? configured) is { } named)
        {
            return new LoginTargets(context.Settings.File.Providers).Find(named, clientId);
        }

        return context.Profiles.Load(profile)?.Target is { } before
            ? clientId is not null && before.Service is { } service
                ? new LoginTarget { Provider = Providers.Discover(service), ClientId = clientId }
                : before with { ClientId = clientId ?? before.ClientId }
            : throw new CommandException(
                ExitCode.Usage, "There is nothing to sign in to.", "Name it: devicecode login https://login.example.com, or a name that devicecode providers lists.");
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
}
