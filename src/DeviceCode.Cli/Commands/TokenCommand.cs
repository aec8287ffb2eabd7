namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Running;

/// <summary><c>devicecode token</c>: prints a valid access token and nothing else.</summary>
internal sealed class TokenCommand : CliCommand
{
    private readonly Option<bool> _refresh = new("--refresh")
    {
        Description = "refresh the token even if it has not expired, for example because an API rejects it",
    };

    public TokenCommand(CommandEnvironment environment)
        : base("token", "Print an access token that is valid for at least another minute; refresh it first if necessary.", environment) =>
        Add(_refresh);

    /// <summary>How to send a request with the token. In an argument of curl, it would be visible to other users.</summary>
    public const string UseWithCurl = "devicecode token | sed 's/^/Authorization: Bearer /' | curl -H @- https://api.example.com";

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        (
            UseWithCurl,
            "use the token, without showing it to other users in the list of processes"),
        ("devicecode token --refresh", "get a new token now; when several processes need a refresh, only one request is sent"),
        ("devicecode token -p work --json", "print its type, expiry and scope, too"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.ProfileName;
        var tokens = await context.WithTokensAsync(name, context.Profiles.Require(name), stored =>
            context.Arguments.GetValue(_refresh) ? stored.RefreshAsync(cancellationToken) : stored.GetAsync(cancellationToken));
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
