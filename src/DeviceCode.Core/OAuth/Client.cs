namespace DeviceCode.Core.OAuth;

/// <summary>A client (RFC 6749 §2), as it is configured under <c>OAuth:Clients</c>.</summary>
public sealed class Client
{
    /// <summary>The <c>client_id</c>: 1 to 100 letters, digits and <c>- . _ ~</c>.</summary>
    public string Id { get; set; } = "";

    /// <summary>What the approver is shown; the id unless set.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// The SHA-256 of the <c>client_secret</c> in 64 hexadecimal digits; none for a public client. A plain hash is enough for a secret
    /// of 32 random bytes, and for nothing less.
    /// </summary>
    public string? SecretSha256 { get; set; }

    /// <summary>Switched off, the client can do nothing, and its tokens are not active.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>What the client may ask for, separated by spaces.</summary>
    public string Scopes { get; set; } = "";

    /// <summary>What a request without <c>scope</c> asks for, separated by spaces; all of <see cref="Scopes"/> unless set.</summary>
    public string? DefaultScopes { get; set; }

    /// <summary>The grants the client may use, separated by spaces: <c>device_code</c> and <c>refresh_token</c>. None for a mere resource server.</summary>
    public string Grants { get; set; } = $"{DeviceCodeGrant} {RefreshTokenGrant}";

    /// <summary>Whether the client is a resource server that may introspect tokens (RFC 7662); it needs a secret.</summary>
    public bool Introspects { get; set; }

    /// <summary>How long access tokens live, 1 minute to 366 days; zero for ever.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a refresh token lives when it is not used, 1 minute to 10 years.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long codes live; <c>DeviceCode:CodeLifetime</c> unless set.</summary>
    public TimeSpan? CodeLifetime { get; set; }

    /// <summary>The least time between two polls; <c>DeviceCode:PollingInterval</c> unless set.</summary>
    public TimeSpan? PollingInterval { get; set; }

    internal const string DeviceCodeGrant = "device_code";
    internal const string RefreshTokenGrant = "refresh_token";

    /// <summary>Whether the client has a secret (RFC 6749 §2.1).</summary>
    public bool IsConfidential => SecretSha256 is not null;

    /// <summary>Whether it may use the device grant (RFC 8628).</summary>
    public bool MayUseDeviceCode => Scope.Has(Grants, DeviceCodeGrant);

    /// <summary>Whether it may refresh (RFC 6749 §6).</summary>
    public bool MayRefresh => Scope.Has(Grants, RefreshTokenGrant);

    /// <summary>Whether a grant of these scopes comes with a refresh token: where <c>offline_access</c> is a scope of the client, only when it was granted.</summary>
    public bool GetsRefreshToken(string scope) => MayRefresh && (!Scope.Has(Scopes, Scope.OfflineAccess) || Scope.Has(scope, Scope.OfflineAccess));
}
