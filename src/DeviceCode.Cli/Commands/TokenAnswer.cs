namespace DeviceCode.Cli.Commands;

/// <summary>What <c>devicecode token --json</c> prints. A secret.</summary>
internal sealed record TokenAnswer(string AccessToken, string TokenType, DateTimeOffset? ExpiresAt, string? Scope)
{
    /// <summary>Never the token.</summary>
    public override string ToString() => $"{nameof(TokenAnswer)} {{ ExpiresAt = {ExpiresAt:O}, token = **** }}";
}
