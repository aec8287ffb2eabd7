namespace DeviceCode.Client;

using System.Globalization;
using System.Net.Http.Headers;

/// <summary>
/// The tokens of a login (RFC 6749 §5.1). <see cref="ToString"/> shows none of them. Serialized with <see cref="ClientJson"/>, they are a
/// secret.
/// </summary>
public sealed record TokenSet
{
    /// <summary>The access token. Secret.</summary>
    public required string AccessToken { get; init; }

    /// <summary>The type of the access token, nearly always <c>Bearer</c> (RFC 6750).</summary>
    public string TokenType { get; init; } = "Bearer";

    /// <summary>
    /// The time at which the access token expires, by this machine's clock; null when it does not expire or the server sends no lifetime.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>
    /// The lifetime of access tokens, as the server last sent it (<c>expires_in</c>); null when it has sent none. It applies to a refresh
    /// whose response omits it.
    /// </summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>The refresh token; null when there is none. Secret.</summary>
    public string? RefreshToken { get; init; }

    /// <summary>The time at which the refresh token expires; null when the server sends no lifetime. GitHub Apps send one.</summary>
    public DateTimeOffset? RefreshTokenExpiresAt { get; init; }

    /// <summary>The granted scopes, separated by spaces.</summary>
    public string? Scope { get; init; }

    /// <summary>
    /// The ID token of OpenID Connect; null when there is none. It is not validated, because it comes from the token endpoint over TLS.
    /// Secret.
    /// </summary>
    public string? IdToken { get; init; }

    /// <summary>The header that presents the access token (RFC 6750 §2.1).</summary>
    internal AuthenticationHeaderValue AuthorizationHeader => new(TokenType, AccessToken);

    /// <summary>Returns whether the access token is valid for at least this long.</summary>
    internal bool IsValidFor(TimeSpan time, DateTimeOffset now) => ExpiresAt is null || ExpiresAt - now > time;

    /// <summary>Reads the response of a token endpoint (RFC 6749 §5.1); null when it contains no access token.</summary>
    internal static TokenSet? Read(ServerResponse response, DateTimeOffset now) =>
        response.Token(OAuthNames.AccessToken) is not { } accessToken ? null
        : new()
        {
            AccessToken = accessToken,
            TokenType = response.Text(OAuthNames.TokenType) is { } type
                && type.All(char.IsAsciiLetterOrDigit)
                && !type.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? type : "Bearer",
            ExpiresAt = now + response.Lifetime(OAuthNames.ExpiresIn),
            Lifetime = response.Lifetime(OAuthNames.ExpiresIn),
            RefreshToken = response.Token(OAuthNames.RefreshToken),
            RefreshTokenExpiresAt = now + response.Lifetime(OAuthNames.RefreshTokenExpiresIn),
            Scope = response.Line(OAuthNames.Scope, maxLength: int.MaxValue),
            IdToken = response.Token(OAuthNames.IdToken),
        };

    /// <summary>Returns a text without the tokens.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{nameof(TokenSet)} {{ TokenType = {TokenType}, ExpiresAt = {ExpiresAt:O}, Scope = {Scope}, tokens = **** }}");
}
