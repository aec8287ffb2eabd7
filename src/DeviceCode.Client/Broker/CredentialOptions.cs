namespace DeviceCode.Client;

using System.Text.Json.Nodes;

/// <summary>
/// How to make a credential. By default the broker runs a device login; <see cref="Login"/>, <see cref="RefreshToken"/> or
/// <see cref="UsesAuthorizationCode"/> selects another grant. <see cref="ToString"/> shows no code and no token.
/// </summary>
public sealed record CredentialOptions
{
    /// <summary>
    /// The id of the provider, from <see cref="CredentialClient.ListProvidersAsync"/>; null for the name of the credential.
    /// </summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The e-mail address, user name or subject that must sign in at the provider; null for any. The tokens of any other account are
    /// revoked.
    /// </summary>
    public string? Account { get; init; }

    /// <summary>The scopes to request, separated by spaces; null for the service's default.</summary>
    public string? Scope { get; init; }

    /// <summary>Whether an existing credential of that name is an error. False by default: it is replaced.</summary>
    public bool FailsIfExists { get; init; }

    /// <summary>A device login that the program has requested from the provider itself, for which the broker then polls. Secret.</summary>
    public DeviceAuthorization? Login { get; init; }

    /// <summary>
    /// A refresh token of the provider. The broker uses it at once, which may invalidate the program's own copy. Secret.
    /// </summary>
    public string? RefreshToken { get; init; }

    /// <summary>
    /// Whether the user approves on a page of the service and the provider (the authorization code grant), without a code. Users can do
    /// that, but sessions cannot.
    /// </summary>
    public bool UsesAuthorizationCode { get; init; }

    /// <summary>The values that must never be displayed.</summary>
    internal IReadOnlyCollection<string> Secrets =>
        [.. new[] { Login?.DeviceCode, Login?.CodeVerifier, RefreshToken }.OfType<string>().Where(secret => secret.Length > 0)];

    /// <summary>Whether at most one grant is selected.</summary>
    internal bool HasOneGrant => new[] { Login is not null, RefreshToken is not null, UsesAuthorizationCode }.Count(isUsed => isUsed) <= 1;

    /// <summary>Returns the body of the request.</summary>
    internal JsonObject ToJson(DateTimeOffset now)
    {
        var grant = RefreshToken is not null ? OAuthNames.RefreshTokenGrant
            : UsesAuthorizationCode ? OAuthNames.AuthorizationCodeGrant
            : OAuthNames.DeviceCodeGrant;
        var json = new JsonObject { [OAuthNames.GrantType] = grant };
        Add("provider", Provider);
        Add("account", Account);
        Add(OAuthNames.Scope, Scope);
        Add(OAuthNames.RefreshToken, RefreshToken);
        if (Login is { } login)
        {
            Add(OAuthNames.DeviceCode, login.DeviceCode);
            Add(OAuthNames.CodeVerifier, login.CodeVerifier);
            json[OAuthNames.Interval] = (int)Math.Ceiling(login.Interval.TotalSeconds);
            json[OAuthNames.ExpiresIn] = (int)Math.Max(0, (login.ExpiresAt - now).TotalSeconds);
        }

        return json;

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }
    }

    /// <summary>Returns a text without the codes and the token.</summary>
    public override string ToString() => $"{nameof(CredentialOptions)} {{ Provider = {Provider}, Scope = {Scope}, secrets = **** }}";
}
