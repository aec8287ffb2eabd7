namespace DeviceCode.Cli.Commands.Credentials;

using System.CommandLine;
using System.Globalization;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary><c>devicecode creds token</c>: prints the access token of a credential and nothing else.</summary>
internal sealed class CredsTokenCommand : CliCommand
{
    private const int LongestMinimum = 3600;

    private readonly Argument<string> _name = new("NAME") { HelpName = "NAME", Description = "the name of the credential" };

    private readonly Option<string?> _minimum = new("--min-seconds")
    {
        Description = "the time for which the token must be valid: 0 to 3600 (default: 60)",
        HelpName = "seconds",
    };

    private readonly Option<bool> _refresh = new("--refresh")
    {
        Description = "get another token, because an API rejects the current one",
    };

    private readonly Option<string?> _refused = new("--refused")
    {
        Description = "get another token than the one in this file, which an API rejected; - reads it from standard input",
        HelpName = "file|-",
    };

    private readonly Option<bool> _wait = new("--wait")
    {
        Description = "if the credential waits for its approval, show the code and wait",
    };

    private readonly Option<string?> _timeout = ArgumentRules.CreateTimeout();
    private readonly ViewArguments _view = new();

    public CredsTokenCommand(CommandEnvironment environment)
        : base("token", "Print the access token of a credential; the service refreshes it first if necessary.", environment)
    {
        Add(_name);
        foreach (var option in new Option[] { _minimum, _refresh, _refused, _wait, _timeout })
        {
            Add(option);
        }

        _view.AddTo(this);
    }

    /// <summary>How to send a request with the token. In an argument of curl, it would be visible to other users.</summary>
    public const string UseWithCurl =
        "devicecode creds token github | sed 's/^/Authorization: Bearer /' | curl -H @- https://api.github.com/user";

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        (UseWithCurl, "use the token, without showing it to other users in the list of processes"),
        ("devicecode creds token github --wait --timeout 5m", "wait for the approval first, if it is missing"),
        ("devicecode creds token github --refused old-token.txt", "replace a token that an API rejected"),
        ("devicecode creds token github --min-seconds 1800 --json", "get a token for a long job, with its expiry and scope"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var arguments = context.Arguments;
        ArgumentRules.RejectEmpty(arguments, _refused);
        RejectContradictions(arguments);
        var view = _view.Parse(arguments, context.IsJson);
        var timeout = ArgumentRules.ParseTimeout(arguments, _timeout);
        var minimum = ParseMinimum(arguments.GetValue(_minimum));
        var name = CredsCommand.RequireName(arguments.GetRequiredValue(_name));
        var refused = arguments.GetValue(_refused) is { } file
            ? await context.ReadSecretAsync(file, _refused.Name, cancellationToken)
            : null;

        var owner = await BrokerOwner.FindAsync(context, arguments.GetValue(CredsCommand.Service), allowsNew: false, cancellationToken);
        var token = await owner.UseAsync(context, FetchAsync, cancellationToken);
        context.Print(
            new CredentialTokenOutput(name, token.AccessToken, "Bearer", token.ExpiresAt, token.Scope, token.Provider, token.Account),
            CredentialsJson.Default.CredentialTokenOutput,
            () => token.AccessToken);
        return ExitCode.Ok;

        async Task<CredentialResponse.Token> FetchAsync(CredentialClient client) =>
            await ReadAsync(context, client, name, refused, minimum, cancellationToken) switch
            {
                CredentialResponse.Token ready => ready,
                CredentialResponse.Pending pending when arguments.GetValue(_wait) => await CredentialWait.WaitAsync(
                    context, owner, client, pending, view, timeout, minimum, cancellationToken),
                CredentialResponse.Pending pending => throw StillPending(context, pending),
                _ => throw new InvalidOperationException(),
            };
    }

    private void RejectContradictions(ParseResult arguments)
    {
        if (!arguments.GetValue(_wait))
        {
            ArgumentRules.Reject(
                arguments, "Without --wait, {0} has no effect.", "Add --wait, or remove {0}.", [_timeout, .. _view.All]);
        }

        if (arguments.GetValue(_refused) is not null)
        {
            ArgumentRules.Reject(
                arguments, "--refused names the token that was rejected, so {0} has no effect.", "Remove one of them.", _refresh, _minimum);
        }
    }

    private async Task<CredentialResponse> ReadAsync(
        CommandContext context,
        CredentialClient client,
        string name,
        string? refused,
        TimeSpan? minimum,
        CancellationToken cancellationToken)
    {
        try
        {
            if (refused is not null)
            {
                return await client.RefuseAsync(name, refused, cancellationToken);
            }

            var response = await client.GetAsync(name, minimum, cancellationToken);
            return context.Arguments.GetValue(_refresh) && response is CredentialResponse.Token current
                ? await client.RefuseAsync(name, current.AccessToken, cancellationToken)
                : response;
        }
        catch (DeviceLoginException failure) when (CredentialWait.FixFor(context, name, provider: null, failure) is { } fix)
        {
            throw failure.WithFix(fix);
        }
    }

    private static CommandException StillPending(CommandContext context, CredentialResponse.Pending pending)
    {
        var approve = pending.Authorization switch
        {
            null => "Approve it",
            { UserCode: "" } shown => $"Open {Printable.Address(shown.VerificationUri)}",
            var shown => $"Open {Printable.Address(shown.VerificationUri)} and enter {shown.UserCode}",
        };
        return new CommandException(
            ExitCode.Pending,
            $"The credential \"{pending.Name}\" waits for its approval.",
            $"{approve}, or wait for it: {CredentialWait.Continue(context, pending.Name)}");
    }

    private static TimeSpan? ParseMinimum(string? text) => text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= LongestMinimum
            ? TimeSpan.FromSeconds(seconds)
            : throw new CommandException(
                ExitCode.Usage, $"Invalid number \"{text}\" for --min-seconds.", $"Use a number of seconds from 0 to {LongestMinimum}.");
}

/// <summary>The output of <c>devicecode creds token --json</c>. It is a secret.</summary>
internal sealed record CredentialTokenOutput(
    string Name, string AccessToken, string TokenType, DateTimeOffset? ExpiresAt, string? Scope, string? Provider, string? Account)
{
    /// <summary>Returns a text without the token.</summary>
    public override string ToString() => $"{nameof(CredentialTokenOutput)} {{ Name = {Name}, ExpiresAt = {ExpiresAt:O}, token = **** }}";
}
