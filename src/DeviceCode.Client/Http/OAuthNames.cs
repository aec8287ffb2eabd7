namespace DeviceCode.Client;

/// <summary>The names of parameters, grant types and metadata members, each beside the section that defines it.</summary>
internal static class OAuthNames
{
    // RFC 6749 §2.3.1, §3.3, §4, §5.1, §6.
    public const string ClientId = "client_id";
    public const string ClientSecret = "client_secret";
    public const string Scope = "scope";
    public const string GrantType = "grant_type";
    public const string AccessToken = "access_token";
    public const string TokenType = "token_type";
    public const string ExpiresIn = "expires_in";
    public const string RefreshToken = "refresh_token";
    public const string RefreshTokenGrant = "refresh_token";

    // RFC 6749 §4.1.1, §4.1.2, §4.1.3; RFC 9207 §2.
    public const string ResponseType = "response_type";
    public const string Code = "code";
    public const string State = "state";
    public const string RedirectUri = "redirect_uri";
    public const string AuthorizationCodeGrant = "authorization_code";

    // RFC 6749 §5.2. DeviceCode's endpoints without OAuth use error_code.
    public const string Error = "error";
    public const string ErrorCode = "error_code";
    public const string ErrorDescription = "error_description";

    // GitHub Apps.
    public const string RefreshTokenExpiresIn = "refresh_token_expires_in";

    // RFC 8628 §3.2, §3.4. Google's names for the URLs predate the RFC.
    public const string DeviceCodeGrant = "urn:ietf:params:oauth:grant-type:device_code";
    public const string DeviceCode = "device_code";
    public const string UserCode = "user_code";
    public const string VerificationUri = "verification_uri";
    public const string VerificationUriComplete = "verification_uri_complete";
    public const string VerificationUrl = "verification_url";
    public const string VerificationUrlComplete = "verification_url_complete";
    public const string Interval = "interval";

    // Microsoft: its own instructions for the user.
    public const string Message = "message";

    // RFC 7636 §4.3, §4.5.
    public const string CodeChallenge = "code_challenge";
    public const string CodeChallengeMethod = "code_challenge_method";
    public const string CodeVerifier = "code_verifier";

    // RFC 7009 §2.1.
    public const string Token = "token";
    public const string TokenTypeHint = "token_type_hint";

    // OpenID Connect Core §3.1.3.3, §5.1. GitHub has id and login instead.
    public const string IdToken = "id_token";
    public const string Subject = "sub";
    public const string Name = "name";
    public const string PreferredUsername = "preferred_username";
    public const string Email = "email";
    public const string GitHubId = "id";
    public const string GitHubLogin = "login";

    // RFC 8414 §2, RFC 8628 §4, OpenID Connect Discovery §3.
    public const string Issuer = "issuer";
    public const string DeviceAuthorizationEndpoint = "device_authorization_endpoint";
    public const string TokenEndpoint = "token_endpoint";
    public const string RevocationEndpoint = "revocation_endpoint";
    public const string UserinfoEndpoint = "userinfo_endpoint";
    public const string GrantTypesSupported = "grant_types_supported";
    public const string CodeChallengeMethodsSupported = "code_challenge_methods_supported";
    public const string TokenEndpointAuthMethodsSupported = "token_endpoint_auth_methods_supported";
    public const string AuthorizationEndpoint = "authorization_endpoint";
    public const string AuthorizationResponseNamesIssuer = "authorization_response_iss_parameter_supported";
    public const string ClientSecretBasic = "client_secret_basic";
    public const string ClientSecretPost = "client_secret_post";
}
