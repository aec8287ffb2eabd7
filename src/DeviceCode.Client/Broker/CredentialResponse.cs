namespace DeviceCode.Client;

using System.Globalization;

/// <summary>The state of a credential: pending, ready, or with its token.</summary>
public abstract record CredentialResponse
{
    private CredentialResponse()
    {
    }

    /// <summary>The id of the provider.</summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The session that the request created; null when it created none. It is returned once and cannot be read again: store it before
    /// anything else. Secret.
    /// </summary>
    public string? Session { get; init; }

    /// <summary>Reads the response to a PUT; null when it is another response.</summary>
    internal static CredentialResponse? ReadPut(ServerResponse response, string name, DateTimeOffset now) => response.Text("status") switch
    {
        "pending" => Pending.Read(response, name, now),
        "ready" => new Ready
        {
            Provider = response.Line("provider"),
            Session = response.Token("session"),
            Account = response.Line("account"),
            Scope = response.Line(OAuthNames.Scope, maxLength: int.MaxValue),
        },
        _ => null,
    };

    /// <summary>The user has not decided yet. The broker polls the provider, even without a waiting program.</summary>
    public sealed record Pending : CredentialResponse
    {
        /// <summary>The name of the credential.</summary>
        public required string Name { get; init; }

        /// <summary>
        /// The code and the page to show; null for a login that the program requested itself. The device code is empty, because the broker
        /// keeps it. In the authorization code grant, the user code is empty, too, and the page is one of the service.
        /// </summary>
        public DeviceAuthorization? Authorization { get; init; }

        /// <summary>The time at which the request to the user expires, by this machine's clock.</summary>
        public required DateTimeOffset ExpiresAt { get; init; }

        /// <summary>The interval at which the broker polls the provider. Reading the credential more often is of no use.</summary>
        public required TimeSpan Interval { get; init; }

        internal static Pending Read(ServerResponse response, string name, DateTimeOffset now)
        {
            var pending = new Pending
            {
                Name = name,
                Provider = response.Line("provider"),
                Session = response.Token("session"),
                ExpiresAt = DeviceAuthorization.ExpiryOf(response, now),
                Interval = DeviceAuthorization.IntervalOf(response),
            };
            return (response.Line(OAuthNames.UserCode), response.Url(OAuthNames.VerificationUri), response.Url("authorization_uri")) switch
            {
                ({ } code, { } page, _) => pending with { Authorization = pending.Show(code, page, response) },
                (_, _, { } page) => pending with { Authorization = pending.Show("", page, response) },
                _ => pending,
            };
        }

        private DeviceAuthorization Show(string code, Uri page, ServerResponse response) => new()
        {
            DeviceCode = "",
            UserCode = code,
            VerificationUri = page,
            VerificationUriComplete = code.Length > 0 ? response.Url(OAuthNames.VerificationUriComplete) : page,
            ExpiresAt = ExpiresAt,
            Interval = Interval,
        };

        /// <summary>Returns a text without the code and the session.</summary>
        public override string ToString() => $"{nameof(Pending)} {{ Name = {Name}, Provider = {Provider}, secrets = **** }}";
    }

    /// <summary>The credential has tokens. <see cref="CredentialClient.GetAsync"/> returns the access token.</summary>
    public sealed record Ready : CredentialResponse
    {
        /// <summary>The account that signed in; null when it is not known.</summary>
        public string? Account { get; init; }

        /// <summary>The granted scopes, separated by spaces; null when they are not known.</summary>
        public string? Scope { get; init; }

        /// <summary>Returns a text without the session.</summary>
        public override string ToString() => $"{nameof(Ready)} {{ Provider = {Provider}, Account = {Account}, Scope = {Scope} }}";
    }

    /// <summary>The access token of a credential.</summary>
    public sealed record Token : CredentialResponse
    {
        /// <summary>The access token. Secret.</summary>
        public required string AccessToken { get; init; }

        /// <summary>The time at which it expires, by this machine's clock; null when it does not expire or the expiry is unknown.</summary>
        public DateTimeOffset? ExpiresAt { get; init; }

        /// <summary>The account that signed in; null when it is not known.</summary>
        public string? Account { get; init; }

        /// <summary>The granted scopes, separated by spaces; null when they are not known.</summary>
        public string? Scope { get; init; }

        /// <summary>Reads the response to a GET; null when it contains no access token.</summary>
        internal static Token? Read(ServerResponse response, DateTimeOffset now) =>
            response.Token(OAuthNames.AccessToken) is not { } accessToken ? null
            : new()
            {
                AccessToken = accessToken,
                ExpiresAt = now + response.Seconds(OAuthNames.ExpiresIn),
                Provider = response.Line("provider"),
                Account = response.Line("account"),
                Scope = response.Line(OAuthNames.Scope, maxLength: int.MaxValue),
            };

        /// <summary>Returns a text without the token.</summary>
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{nameof(Token)} {{ Provider = {Provider}, Account = {Account}, Scope = {Scope}, ExpiresAt = {ExpiresAt:O}, token = **** }}");
    }
}
