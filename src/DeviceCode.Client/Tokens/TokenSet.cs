namespace DeviceCode.Client;

using System.Globalization;
using System.Net.Http.Headers;

/// <summary>What a login ends with (RFC 6749 §5.1). Its text form shows no token; serialised with <see cref="ClientJson"/>, it is a secret.</summary>
public sealed record TokenSet
{
    /// <summary>The access token; a secret.</summary>
    public required string AccessToken { get; init; }

    /// <summary>How the access token is used, nearly always <c>Bearer</c> (RFC 6750).</summary>
    public string TokenType { get; init; } = "Bearer";

    /// <summary>When the access token ends, by this machine's clock; null when it does not, or nobody knows.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The refresh token; a secret. Null when there is none.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>When the refresh token ends, where the provider says so (GitHub Apps); null otherwise.</summary>
    public DateTimeOffset? RefreshTokenExpiresAt { get; init; }

    /// <summary>What was granted, separated by spaces.</summary>
    public string? Scope { get; init; }

    /// <summary>The ID token of OpenID Connect, not validated: it came from the token endpoint over TLS. A secret. Null when there is none.</summary>
    public string? IdToken { get; init; }

    /// <summary>How a request presents the access token (RFC 6750 §2.1).</summary>
    internal AuthenticationHeaderValue AuthorizationHeader => new(TokenType, AccessToken);

    /// <summary>Whether the access token is good for so long at least.</summary>
    internal bool IsGoodFor(TimeSpan time, DateTimeOffset now) => ExpiresAt is null || ExpiresAt - now > time;

    /// <summary>Reads the answer of a token endpoint (RFC 6749 §5.1); null when it has no access token.</summary>
    internal static TokenSet? Read(Answer answer, DateTimeOffset now) => answer.Token("access_token") is not { } accessToken ? null : new()
    {
        AccessToken = accessToken,
        TokenType = answer.Text("token_type") is { } type && type.All(char.IsAsciiLetterOrDigit) && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? type : "Bearer",
        ExpiresAt = now + answer.Lifetime("expires_in"),
        RefreshToken = answer.Token("refresh_token"),
        RefreshTokenExpiresAt = now + answer.Lifetime("refresh_token_expires_in"),
        Scope = answer.Line("scope", maxLength: int.MaxValue),
        IdToken = answer.Token("id_token"),
    };

    /// <summary>Never a token.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{nameof(TokenSet)} {{ TokenType = {TokenType}, ExpiresAt = {ExpiresAt:O}, Scope = {Scope}, tokens = **** }}");
}
