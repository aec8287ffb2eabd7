namespace DeviceCode.Cli.Commands;

/// <summary><c>devicecode token</c>: a valid access token, and nothing else.</summary>
internal sealed class TokenCommand(Surroundings around)
    : CliCommand("token", "Print an access token, refreshed when it must be: it is good for another minute at least.", around)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("curl -H \"Authorization: Bearer $(devicecode token)\" https://api.example.com", "use it; however many do at once, an expired token is refreshed once"),
        ("devicecode token -p work --json", "with its type, its end and its scope"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var name = context.ProfileName;
        var tokens = await context.WithTokensAsync(name, context.Profiles.Require(name), stored => stored.GetAsync(cancellationToken));
        context.Print(
            new TokenAnswer(tokens.AccessToken, tokens.TokenType, tokens.ExpiresAt, tokens.Scope), CliJson.Default.TokenAnswer, () => tokens.AccessToken);
        return ExitCode.Ok;
    }
}
