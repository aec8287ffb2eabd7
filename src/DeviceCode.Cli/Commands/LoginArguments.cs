namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

/// <summary>The command line of <c>devicecode login</c>, parsed.</summary>
internal sealed record LoginOptions
{
    public string? Target { get; init; }

    public string? ClientId { get; init; }

    public string? ClientSecretFile { get; init; }

    public string? Scope { get; init; }

    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    public string? DeviceAuthorizationEndpoint { get; init; }

    public string? TokenEndpoint { get; init; }

    public required ViewOptions View { get; init; }

    public bool NoWait { get; init; }

    /// <summary>The file to resume from; <c>-</c> for standard input.</summary>
    public string? Resume { get; init; }

    public TokenStorage? Storage { get; init; }

    /// <summary>How long to wait for the approval; null for as long as the code is valid.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>
    /// Returns the target: from the command line, the environment, the configuration file or the profile's previous login.
    /// </summary>
    /// <exception cref="CommandException">There is no target, or an invalid one.</exception>
    public LoginTarget FindTarget(Settings settings, string profile, Func<LoginTarget?> previous)
    {
        var configured = settings.For(profile, Target);
        var target = FindServer(settings, configured, previous);
        return target is not LoginTarget.Provider provider ? target : provider with
        {
            ClientSecretFile = FindClientSecretFile(settings, provider)
                ?? (configured.ClientSecretFile is { } file ? Path.GetFullPath(file) : provider.ClientSecretFile),
            Scope = Scope ?? configured.Scope ?? provider.Scope,
            Parameters = Parameters ?? configured.Parameters ?? provider.Parameters,
        };
    }

    /// <summary>Returns the file with the client secret that the command line or the environment names; null for none.</summary>
    public string? FindClientSecretFile(Settings settings, LoginTarget.Provider provider) =>
        (ClientSecretFile ?? settings.ClientSecretFileFor(provider.EffectiveClientId, ClientId is not null)) is { } file
            ? Path.GetFullPath(file)
            : null;

    /// <summary>Returns the client secret of a provider. A file on the command line takes precedence over the environment.</summary>
    /// <param name="settings">The other settings.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="resumesOwn">Whether it continues a login of this profile, whose first step had the client id.</param>
    public string? FindClientSecret(Settings settings, LoginTarget.Provider provider, bool resumesOwn) =>
        (ClientSecretFile is null ? settings.ClientSecretFor(provider.EffectiveClientId, ClientId is not null || resumesOwn) : null)
        ?? Settings.ReadClientSecret(provider.ClientSecretFile);

    private LoginTarget FindServer(Settings settings, ProfileSettings configured, Func<LoginTarget?> previous)
    {
        var clientId = ClientId ?? configured.ClientId;
        if (clientId?.All(letter => letter is >= ' ' and <= '~') == false || clientId?.Trim() == "")
        {
            throw new CommandException(
                ExitCode.Usage,
                "The client id is empty or contains characters other than visible ASCII (RFC 6749 appendix A.1).",
                "Use the id of a client that is registered with the provider, or none.");
        }

        if ((DeviceAuthorizationEndpoint ?? TokenEndpoint) is not null)
        {
            const string deviceOption = "--device-authorization-endpoint", tokenOption = "--token-endpoint";
            var device = ParseEndpoint(DeviceAuthorizationEndpoint, deviceOption, given: tokenOption);
            var token = ParseEndpoint(TokenEndpoint, tokenOption, given: deviceOption);
            return new LoginTarget.Provider(new() { Name = token.Authority, DeviceAuthorizationEndpoint = device, TokenEndpoint = token })
            {
                ClientId = clientId,
            };
        }

        if ((Target ?? configured.Provider) is { } text)
        {
            return LoginTarget.Parse(text, clientId, settings.File.Providers);
        }

        return previous() switch
        {
            LoginTarget.Service service when clientId is not null =>
                new LoginTarget.Provider(Providers.Discover(service.Address)) { ClientId = clientId },
            LoginTarget.Provider provider => provider with { ClientId = clientId ?? provider.ClientId },
            { } service => service,
            null => throw new CommandException(
                ExitCode.Usage,
                "Neither a URL nor a provider is given.",
                "Add a URL, as in \"devicecode login https://login.example.com\", or a name that \"devicecode providers\" lists."),
        };
    }

    private static Uri ParseEndpoint(string? text, string option, string given) =>
        (text is null ? null : WebAddresses.Parse(text, allowsQuery: true)) ?? throw new CommandException(
            ExitCode.Usage,
            text is null ? $"{given} is given without {option}." : $"Invalid endpoint URL \"{text}\".",
            "Give --device-authorization-endpoint and --token-endpoint, each as a complete URL.");
}

/// <summary>The symbols of <c>devicecode login</c> for the parser.</summary>
internal sealed class LoginArguments
{
    private readonly Argument<string?> _target = new("URL|PROVIDER")
    {
        HelpName = "URL|PROVIDER",
        Description = "the URL of a service, or a name that \"devicecode providers\" lists (default: the profile's previous one)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _clientId = new("--client-id")
    {
        Description = "the OAuth client id; with it, the URL is an OAuth server and the login returns tokens",
        HelpName = "id",
    };

    private readonly Option<string?> _clientSecretFile = new("--client-secret-file")
    {
        Description = "a file with the client secret, if the client has one",
        HelpName = "file",
    };

    private readonly Option<string[]> _scope = new("--scope", "-s")
    {
        Description = "the scopes to request, separated by spaces; can be repeated",
        HelpName = "scopes",
    };

    private readonly Option<string[]> _parameters = new("--parameter")
    {
        Description = "an additional parameter of the request, such as audience=https://api.example.com; can be repeated",
        HelpName = "name=value",
    };

    private readonly Option<string?> _deviceEndpoint = new("--device-authorization-endpoint")
    {
        Description = "the endpoint that issues codes, if the server has no metadata",
        HelpName = "url",
    };

    private readonly Option<string?> _tokenEndpoint = new("--token-endpoint")
    {
        Description = "the endpoint that issues tokens, if the server has no metadata",
        HelpName = "url",
    };

    private readonly ViewArguments _view = new();
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "print the code and exit; continue with --resume" };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "continue a login of --no-wait; - reads it from standard input",
        HelpName = "file|-",
    };

    private readonly Option<string?> _timeout = ArgumentRules.CreateTimeout();
    private readonly Option<string?> _storage = ArgumentRules.CreateStorage("the tokens");

    public void AddTo(Command command)
    {
        _target.CompletionSources.Add(_ => NamedProvider.All.Select(provider => provider.Name));
        command.Add(_target);
        foreach (var option in new Option[] { _clientId, _clientSecretFile, _scope, _parameters, _deviceEndpoint, _tokenEndpoint })
        {
            command.Add(option);
        }

        _view.AddTo(command);
        foreach (var option in new Option[] { _noWait, _resume, _timeout, _storage })
        {
            command.Add(option);
        }
    }

    /// <summary>Parses the command line. An option that would have no effect is an error, because the user expects one.</summary>
    /// <exception cref="CommandException">Two options contradict each other, or a parameter is malformed.</exception>
    public LoginOptions Parse(ParseResult arguments, bool isJson)
    {
        ArgumentRules.RejectEmpty(arguments, _clientId, _clientSecretFile, _resume, _deviceEndpoint, _tokenEndpoint);
        RejectContradictions(arguments);
        return new LoginOptions
        {
            Target = arguments.GetValue(_target),
            ClientId = arguments.GetValue(_clientId),
            ClientSecretFile = arguments.GetValue(_clientSecretFile),
            Scope = arguments.GetValue(_scope) is { Length: > 0 } scopes ? string.Join(' ', scopes) : null,
            Parameters = ParseParameters(arguments.GetValue(_parameters)),
            DeviceAuthorizationEndpoint = arguments.GetValue(_deviceEndpoint),
            TokenEndpoint = arguments.GetValue(_tokenEndpoint),
            View = _view.Parse(arguments, isJson),
            NoWait = arguments.GetValue(_noWait),
            Resume = arguments.GetValue(_resume),
            Timeout = ArgumentRules.ParseTimeout(arguments, _timeout),
            Storage = ArgumentRules.ParseStorage(arguments, _storage),
        };
    }

    /// <summary>Rejects the options of a client in a login that has none.</summary>
    /// <exception cref="CommandException">There is such an option.</exception>
    public void RejectClientOptions(ParseResult arguments, LoginTarget.Service service) => ArgumentRules.Reject(
        arguments,
        "Without a client id, a login returns only the user, so {0} has no effect.",
        $"Add the client id: devicecode login {service.Address} --client-id ID {{0}} …",
        _clientSecretFile, _scope, _parameters, _storage);

    private void RejectContradictions(ParseResult arguments)
    {
        if (arguments.GetValue(_resume) is not null)
        {
            ArgumentRules.Reject(
                arguments,
                "--resume continues a login that has already started, so {0} has no effect.",
                "Remove one of them.",
                _target, _clientId, _scope, _parameters, _deviceEndpoint, _tokenEndpoint, _noWait);
        }

        if (arguments.GetValue(_noWait))
        {
            ArgumentRules.Reject(
                arguments, "--no-wait exits before there are tokens, so {0} has no effect.", "Use {0} with --resume.", _storage, _timeout);
        }

        if (arguments.GetValue(_tokenEndpoint) is not null)
        {
            ArgumentRules.Reject(
                arguments, "--token-endpoint and {0} both select the server to sign in to.", "Remove one of them.", _target);
        }
    }

    private static Dictionary<string, string>? ParseParameters(string[]? pairs)
    {
        if (pairs is not { Length: > 0 })
        {
            return null;
        }

        var parameters = new Dictionary<string, string>();
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            parameters[equals > 0 ? pair[..equals] : throw Malformed(pair)] = pair[(equals + 1)..];
        }

        return parameters;

        static CommandException Malformed(string pair) => new(
            ExitCode.Usage,
            $"The parameter \"{pair}\" is not of the form name=value.",
            "Write it like audience=https://api.example.com.");
    }
}
