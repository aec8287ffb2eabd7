namespace DeviceCode.Cli.Commands.Credentials;

using System.CommandLine;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary><c>devicecode creds add</c>: makes or replaces a credential.</summary>
internal sealed class CredsAddCommand : CliCommand
{
    private readonly Argument<string> _provider = new("PROVIDER")
    {
        HelpName = "PROVIDER",
        Description = "the id of the provider, as \"devicecode creds providers\" lists it",
    };

    private readonly Option<string?> _name = new("--name", "-n")
    {
        Description = "the name of the credential (default: the id of the provider)",
        HelpName = "name",
    };

    private readonly Option<string?> _account = new("--account")
    {
        Description = "the e-mail address, user name or subject that must sign in; the tokens of any other account are revoked",
        HelpName = "account",
    };

    private readonly Option<string[]> _scope = new("--scope", "-s")
    {
        Description = "the scopes to request, separated by spaces; can be repeated (default: the service's)",
        HelpName = "scopes",
    };

    private readonly Option<bool> _replace = new("--replace") { Description = "replace the credential if it exists" };

    private readonly Option<bool> _authorizationCode = new("--authorization-code")
    {
        Description = "approve on a page of the service and the provider instead of with a code; requires a login",
    };

    private readonly Option<string?> _refreshTokenFile = new("--refresh-token-file")
    {
        Description = "hand over a refresh token of the provider, which is used at once; - reads it from standard input",
        HelpName = "file|-",
    };

    private readonly ViewArguments _view = new();
    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "print the code and exit; continue with \"devicecode creds token NAME --wait\"",
    };

    private readonly Option<string?> _timeout = ArgumentRules.CreateTimeout();
    private readonly Option<string?> _storage = ArgumentRules.CreateStorage("a new session");

    public CredsAddCommand(CommandEnvironment environment)
        : base("add", "Sign in to a provider with a code. The service keeps the tokens.", environment)
    {
        _provider.CompletionSources.Add(_ => NamedProvider.All.Select(provider => provider.Name));
        Add(_provider);
        foreach (var option in new Option[] { _name, _account, _scope, _replace, _authorizationCode, _refreshTokenFile })
        {
            Add(option);
        }

        _view.AddTo(this);
        foreach (var option in new Option[] { _noWait, _timeout, _storage })
        {
            Add(option);
        }
    }

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode creds add github", "sign in to GitHub; the login of the profile must have the scope \"creds\""),
        ("devicecode creds add github --service https://login.example.com", "without a login: create a session, if the service allows it"),
        ("devicecode creds add google --name work --account alice@example.com --scope \"openid email\"", "accept only this account"),
        ("devicecode creds add github --no-wait; devicecode creds token github --wait", "use two steps"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var arguments = context.Arguments;
        ArgumentRules.RejectEmpty(arguments, _name, _account, _refreshTokenFile);
        var view = _view.Parse(arguments, context.IsJson);
        var timeout = ArgumentRules.ParseTimeout(arguments, _timeout);
        RejectContradictions(arguments);
        var provider = arguments.GetRequiredValue(_provider);
        var name = CredsCommand.RequireName(arguments.GetValue(_name) ?? provider);
        var refreshToken = arguments.GetValue(_refreshTokenFile) is { } file
            ? await context.ReadSecretAsync(file, _refreshTokenFile.Name, cancellationToken)
            : null;
        var options = new CredentialOptions
        {
            Provider = provider,
            Account = arguments.GetValue(_account),
            Scope = arguments.GetValue(_scope) is { Length: > 0 } scopes ? string.Join(' ', scopes) : null,
            FailsIfExists = !arguments.GetValue(_replace),
            RefreshToken = refreshToken,
            UsesAuthorizationCode = arguments.GetValue(_authorizationCode),
        };

        var owner = await BrokerOwner.FindAsync(context, arguments.GetValue(CredsCommand.Service), allowsNew: true, cancellationToken);
        (owner, var response) = await PutAsync(context, owner, name, options, cancellationToken);
        switch (response)
        {
            case CredentialResponse.Pending pending when arguments.GetValue(_noWait):
                PrintPending(context, owner, view, pending);
                break;

            case CredentialResponse.Pending pending:
                var token = await owner.UseAsync(
                    context,
                    client => CredentialWait.WaitAsync(context, owner, client, pending, view, timeout, minimum: null, cancellationToken),
                    cancellationToken);
                PrintResult(context, owner, name, token.Provider ?? provider, token.Account, token.Scope);
                break;

            case CredentialResponse.Ready ready:
                PrintResult(context, owner, name, ready.Provider ?? provider, ready.Account, ready.Scope);
                break;
        }

        return ExitCode.Ok;
    }

    private void RejectContradictions(ParseResult arguments)
    {
        if (arguments.GetValue(_refreshTokenFile) is not null)
        {
            ArgumentRules.Reject(
                arguments,
                "A refresh token makes the credential ready at once, so {0} has no effect.",
                "Remove one of them.",
                [_authorizationCode, _scope, _noWait, _timeout, .. _view.All]);
        }

        if (arguments.GetValue(_noWait))
        {
            ArgumentRules.Reject(
                arguments,
                "--no-wait does not wait, so {0} has no effect.",
                "Use {0} with \"devicecode creds token NAME --wait\".",
                _timeout);
        }
    }

    private async Task<(BrokerOwner, CredentialResponse)> PutAsync(
        CommandContext context, BrokerOwner owner, string name, CredentialOptions options, CancellationToken cancellationToken)
    {
        if (owner is BrokerOwner.NewSession create)
        {
            return await create.CreateAsync(context, ArgumentRules.ParseStorage(context.Arguments, _storage), SendAsync, cancellationToken);
        }

        ArgumentRules.Reject(
            context.Arguments, "No session is created, so {0} has no effect.", "Remove it.", _storage);
        return (owner, await owner.UseAsync(context, SendAsync, cancellationToken));

        async Task<CredentialResponse> SendAsync(CredentialClient client)
        {
            try
            {
                return await client.PutAsync(name, options, cancellationToken);
            }
            catch (DeviceLoginException failure) when (FixFor(failure) is not null)
            {
                throw failure.WithFix(FixFor(failure)!);
            }
        }
    }

    private static string? FixFor(DeviceLoginException failure) => failure.Error switch
    {
        "already_exists" => "Choose another name with --name, or replace the credential with --replace.",
        "unknown_provider" or "invalid_scope" or "unsupported_grant_type" =>
            "To list the providers with their grants and scopes, run: devicecode creds providers",
        _ => null,
    };

    private static void PrintPending(
        CommandContext context, BrokerOwner owner, ViewOptions view, CredentialResponse.Pending pending)
    {
        var output = context.Environment.Output;
        var authorization = pending.Authorization!;
        if (context.IsJson)
        {
            EventsView.Print(
                output,
                EventsView.CodeEvent(authorization, context.Environment.Time) with
                {
                    Name = pending.Name,
                    Profile = context.ProfileName,
                    Provider = pending.Provider,
                    Service = owner.Service.AbsoluteUri,
                });
            return;
        }

        view.PrintSteps(context, CredentialWait.NameOf(owner, pending), authorization);
        output.WriteLine($"Then run: {CredentialWait.Continue(context, pending.Name)}");
    }

    private static void PrintResult(
        CommandContext context, BrokerOwner owner, string name, string provider, string? account, string? scope)
    {
        var result = new LoginEvent
        {
            Event = "complete",
            Profile = context.ProfileName,
            Provider = provider,
            Name = name,
            Account = account,
            Scope = scope,
            Service = owner.Service.AbsoluteUri,
        };
        var mark = context.Environment is { OutputIsTerminal: true, HasColour: true, HasUnicode: true } ? "\e[32m✓\e[0m " : "";
        var user = account is null ? "" : $" as {Printable.Line(account)}";
        context.Print(
            result,
            LoginEventJson.Default.LoginEvent,
            () => $"{mark}The credential \"{name}\" is ready: {owner.ServiceName} is signed in to {Printable.Line(provider)}{user}.");
    }
}
