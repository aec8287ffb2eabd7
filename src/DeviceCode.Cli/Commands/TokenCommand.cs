namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Running;

/// <summary><c>devicecode token</c>: prints a valid access token and nothing else.</summary>
internal sealed class TokenCommand(CommandEnvironment environment)
    : CliCommand("token", "Print an access token that is valid for at least another minute; refresh it first if necessary.", environment)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        (
            "curl -H \"Authorization: Bearer $(devicecode token)\" https://api.example.com",
            "use the token; when several processes need a refresh, only one request is sent"),
        ("devicecode token -p work --json", "print its type, expiry and scope, too"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.ProfileName;
        var tokens = await context.WithTokensAsync(name, context.Profiles.Require(name), stored => stored.GetAsync(cancellationToken));
        context.Print(
            new TokenOutput(tokens.AccessToken, tokens.TokenType, tokens.ExpiresAt, tokens.Scope),
            CommandsJson.Default.TokenOutput,
            () => tokens.AccessToken);
        return ExitCode.Ok;
    }
}

/// <summary>The output of <c>devicecode token --json</c>. It is a secret.</summary>
internal sealed record TokenOutput(string AccessToken, string TokenType, DateTimeOffset? ExpiresAt, string? Scope)
{
    /// <summary>Returns a text without the token.</summary>
    public override string ToString() => $"{nameof(TokenOutput)} {{ ExpiresAt = {ExpiresAt:O}, token = **** }}";
}
