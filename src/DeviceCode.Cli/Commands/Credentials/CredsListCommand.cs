namespace DeviceCode.Cli.Commands.Credentials;

using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary><c>devicecode creds list</c>: lists the credentials, without their tokens.</summary>
internal sealed class CredsListCommand(CommandEnvironment environment)
    : CliCommand("list", "List the credentials, their accounts and states.", environment)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode creds list", "list the credentials of the profile's user or session"),
        ("devicecode creds list --json | jq -r .name", "get the names in a script"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var owner = await BrokerOwner.FindAsync(
            context, context.Arguments.GetValue(CredsCommand.Service), allowsNew: false, cancellationToken);
        var credentials = await owner.UseAsync(context, client => client.ListAsync(cancellationToken), cancellationToken);
        foreach (var credential in credentials)
        {
            context.Print(CredentialOutput.Of(credential), CredentialsJson.Default.CredentialOutput, () => Describe(context, credential));
        }

        if (credentials.Count == 0)
        {
            context.Notice($"there are no credentials at {owner.ServiceName}. To add one: devicecode creds add PROVIDER");
        }

        return ExitCode.Ok;
    }

    private static string Describe(CommandContext context, Credential credential)
    {
        var state = credential.Status switch
        {
            CredentialStatus.Pending => $"It waits for its approval. To continue: {CredentialWait.Continue(context, credential.Name)}",
            CredentialStatus.Ended =>
                $"It has ended{(credential.Error is null ? "" : $" ({credential.Error})")}. "
                + $"To renew it: {CredentialWait.AddAgain(context, credential.Name, credential.Provider)}",
            _ when credential.ExpiresAt is not { } end => "It is ready.",
            _ when credential.ExpiresAt - context.Environment.Time.GetUtcNow() is var left && left > TimeSpan.Zero =>
                $"It is ready; the token is valid for {Wording.Roughly(left.Value)}, then it is refreshed.",
            _ => "It is ready; the next command refreshes the token.",
        };
        List<string?> lines =
        [
            $"{credential.Name}: {credential.Provider}{(credential.Account is null ? "" : $", {credential.Account}")}",
            $"    {state}",
            credential.Scope is null ? null : $"    Scope: {credential.Scope}",
        ];
        return string.Join('\n', lines.OfType<string>().Select(Printable.Line));
    }
}

/// <summary>One line of <c>devicecode creds list --json</c>.</summary>
internal sealed record CredentialOutput(
    string Name,
    string Provider,
    string Status,
    string? Account,
    string? Scope,
    string? Error,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? RefreshedAt,
    DateTimeOffset? ExpiresAt)
{
    public static CredentialOutput Of(Credential credential) => new(
        credential.Name,
        credential.Provider,
        credential.Status switch
        {
            CredentialStatus.Pending => "pending",
            CredentialStatus.Ready => "ready",
            _ => "ended",
        },
        credential.Account,
        credential.Scope,
        credential.Error,
        credential.CreatedAt,
        credential.RefreshedAt,
        credential.ExpiresAt);
}
