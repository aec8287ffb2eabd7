namespace DeviceCode.Functions.Options;

using DeviceCode.Core.Devices;

/// <summary>The settings under <c>DeviceCode</c>: those of the device login, and those of the service around it.</summary>
public sealed class ServiceOptions : DeviceAuthorizationOptions
{
    /// <summary>The address at which browsers reach the service, like <c>https://login.example.com</c>: what a <c>verification_uri</c> begins with.</summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>The page where a signed-in user finds API keys; told to the device at the end of a login.</summary>
    public Uri? ApiKeysUrl { get; set; }

    /// <summary>
    /// The header from which the client's address is read. The Functions host writes X-Forwarded-For anew, with the address that has
    /// connected to it; behind a proxy of your own, name the header that this proxy writes, like X-Azure-ClientIP of Front
    /// Door, and let nobody reach the service but through it: otherwise the header is the client's own claim.
    /// </summary>
    public string ClientAddressHeader { get; set; } = "X-Forwarded-For";

    /// <summary>
    /// How many of the entries in <see cref="ClientAddressHeader"/>, from the right, were written by proxies that are trusted, 0 to 5;
    /// with 0 the header is not read. Under the Functions host it is one.
    /// </summary>
    public int TrustedProxies { get; set; } = 1;

    /// <summary>The origins of web pages that may call the service, like <c>https://dashboard.example.com</c>; none unless set.</summary>
    public IList<string> CorsOrigins { get; } = [];

    /// <summary>The issuer identifier (RFC 8414 §2): the public address, without a slash at the end.</summary>
    public string Issuer => PublicUrl!.AbsoluteUri.TrimEnd('/');

    /// <summary>The page on which a person enters the user code (RFC 8628 §3.2).</summary>
    public Uri VerificationUri => new($"{Issuer}/device");

    /// <inheritdoc />
    public override IEnumerable<string> Validate()
    {
        foreach (var failure in base.Validate())
        {
            yield return failure;
        }

        if (!IsPage(PublicUrl) || (PublicUrl!.Query + PublicUrl.Fragment + PublicUrl.UserInfo).Length > 0)
        {
            yield return "DeviceCode:PublicUrl must be the https address at which browsers reach this service, like https://login.example.com.";
        }

        if (!IsPage(ApiKeysUrl))
        {
            yield return "DeviceCode:ApiKeysUrl must be the https address of the page where users find API keys, like https://example.com/api-keys.";
        }

        if (TrustedProxies is < 0 or > 5)
        {
            yield return $"DeviceCode:TrustedProxies is {TrustedProxies}; it must be from 0 to 5.";
        }

        if (string.IsNullOrWhiteSpace(ClientAddressHeader))
        {
            yield return "DeviceCode:ClientAddressHeader is empty. Name a header, like X-Forwarded-For.";
        }

        foreach (var origin in CorsOrigins.Where(origin => !IsOrigin(origin)))
        {
            yield return $"DeviceCode:CorsOrigins has \"{origin}\"; an origin is a scheme and a host, like https://dashboard.example.com.";
        }
    }

    // Codes and tokens pass these pages: without TLS only on the machine itself.
    private static bool IsPage(Uri? uri) => uri is { IsAbsoluteUri: true } && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static bool IsOrigin(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsPage(uri) && uri.GetLeftPart(UriPartial.Authority) == origin;
}
