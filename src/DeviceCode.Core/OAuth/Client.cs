namespace DeviceCode.Core.OAuth;

/// <summary>A client (RFC 6749 §2), as configured under <c>OAuth:Clients</c>.</summary>
public sealed class Client
{
    /// <summary>The <c>client_id</c>: 1 to 100 letters, digits and <c>- . _ ~</c>.</summary>
    public string Id { get; set; } = "";

    /// <summary>The name that the approver sees; <see cref="Id"/> when null.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// The SHA-256 of the <c>client_secret</c> in 64 hexadecimal digits; null for a public client. A plain hash is enough only for a
    /// secret of at least 32 random bytes.
    /// </summary>
    public string? SecretSha256 { get; set; }

    /// <summary>Whether the client may be used. If not, its tokens are not active, either.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The scopes that the client may request, separated by spaces.</summary>
    public string Scopes { get; set; } = "";

    /// <summary>The scopes of a request without <c>scope</c>, separated by spaces; all of <see cref="Scopes"/> when null.</summary>
    public string? DefaultScopes { get; set; }

    /// <summary>
    /// The grants that the client may use, separated by spaces: <c>device_code</c> and <c>refresh_token</c>. Empty for a client that
    /// only introspects.
    /// </summary>
    public string Grants { get; set; } = $"{ClientGrants.DeviceCode} {ClientGrants.RefreshToken}";

    /// <summary>
    /// A group of clients that share the credentials of a user in the broker, such as a command line and its editor extension; null when
    /// the client keeps its own.
    /// </summary>
    public string? CredentialGroup { get; set; }

    /// <summary>Whether the client is a resource server that may introspect tokens (RFC 7662). It needs a secret.</summary>
    public bool Introspects { get; set; }

    /// <summary>The lifetime of access tokens: 1 minute to 366 days; zero for tokens that are valid as long as the login.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The lifetime of a refresh token that is not used: 1 minute to 3660 days.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// The time after which a login ends, however often its tokens are refreshed: 1 hour to 3660 days; zero for no such end.
    /// </summary>
    public TimeSpan LoginLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The lifetime of codes; <c>DeviceCode:CodeLifetime</c> when null.</summary>
    public TimeSpan? CodeLifetime { get; set; }

    /// <summary>The minimum time between two polls; <c>DeviceCode:PollingInterval</c> when null.</summary>
    public TimeSpan? PollingInterval { get; set; }

    /// <summary>Whether the client has a secret (RFC 6749 §2.1).</summary>
    public bool IsConfidential => SecretSha256 is not null;

    /// <summary>Whether the client may use the device grant (RFC 8628).</summary>
    public bool MayUseDeviceCode => Scope.Has(Grants, ClientGrants.DeviceCode);

    /// <summary>Whether the client may refresh tokens (RFC 6749 §6).</summary>
    public bool MayRefresh => Scope.Has(Grants, ClientGrants.RefreshToken);

    /// <summary>
    /// Returns those of the granted scopes that the client may have now; null when none is left. Both lists are separated by spaces. A
    /// grant without scopes stays one.
    /// </summary>
    internal string? AllowedNow(string granted)
    {
        var allowed = string.Join(' ', Scope.Split(granted).Intersect(Scope.Split(Scopes), StringComparer.Ordinal));
        return allowed.Length == 0 && granted.Length > 0 ? null : allowed;
    }

    /// <summary>
    /// Returns the time at which a login that was created at <paramref name="created"/> ends, however often its tokens are refreshed; null
    /// for none. The current setting applies to all logins.
    /// </summary>
    internal DateTimeOffset? EndOf(DateTimeOffset? created) => LoginLifetime == TimeSpan.Zero ? null : created + LoginLifetime;

    /// <summary>
    /// Whether a grant of this scope includes a refresh token. A client with <c>offline_access</c> among its scopes gets one only when
    /// that scope was granted.
    /// </summary>
    internal bool GetsRefreshToken(string scope) =>
        MayRefresh && (!Scope.Has(Scopes, Scope.OfflineAccess) || Scope.Has(scope, Scope.OfflineAccess));
}
