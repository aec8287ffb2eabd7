namespace DeviceCode.Functions.Options;

using System.Text.RegularExpressions;
using DeviceCode.Core.Devices;

/// <summary>The settings under <c>DeviceCode</c>: of the device login, and of the service around it.</summary>
public sealed partial class ServiceOptions : DeviceAuthorizationOptions
{
    // Headers that proxies write and whose values are not lists of addresses. With them, all clients would count as one network.
    private static readonly string[] NotAddresses =
        ["Forwarded", "Via", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto"];

    /// <summary>
    /// The address at which browsers reach the service, like <c>https://login.example.com</c>; every <c>verification_uri</c> begins with
    /// it.
    /// </summary>
    public Uri? PublicUrl { get; set; }

    /// <summary>The page where a signed-in user finds API keys; sent to the device at the end of a login.</summary>
    public Uri? ApiKeysUrl { get; set; }

    /// <summary>
    /// The header with the client's address. The Functions host replaces X-Forwarded-For with the address that connected to it. Behind
    /// your own proxy, name the header that this proxy writes, like X-Azure-ClientIP of Front Door, and block all other access to the
    /// service: a client that connects directly can send any address in this header.
    /// </summary>
    public string ClientAddressHeader { get; set; } = "X-Forwarded-For";

    /// <summary>
    /// The number of trusted proxies, 0 to 5: as many entries of <see cref="ClientAddressHeader"/>, from the right, are read. With 0 the
    /// header is ignored. The Functions host is one proxy.
    /// </summary>
    public int TrustedProxies { get; set; } = 1;

    /// <summary>The origins of web pages that may call the service, like <c>https://dashboard.example.com</c>; none by default.</summary>
    public IList<string> CorsOrigins { get; } = [];

    /// <summary>The issuer identifier (RFC 8414 §2): the public address, without a slash at the end.</summary>
    public string Issuer => PublicUrl!.AbsoluteUri.TrimEnd('/');

    /// <summary>The page on which a user enters the user code (RFC 8628 §3.2).</summary>
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
            yield return NotAPage(
                nameof(PublicUrl), PublicUrl, "the https address at which browsers reach the service, like https://login.example.com");
        }

        if (!IsPage(ApiKeysUrl))
        {
            yield return NotAPage(
                nameof(ApiKeysUrl), ApiKeysUrl, "the https address of the page with the users' API keys, like https://example.com/keys");
        }

        if (TrustedProxies is < 0 or > 5)
        {
            yield return $"DeviceCode:TrustedProxies is {TrustedProxies}; it must be from 0 to 5.";
        }

        if (!HeaderName.IsMatch(ClientAddressHeader))
        {
            yield return $"DeviceCode:ClientAddressHeader is \"{ClientAddressHeader}\"; "
                + "it must be the name of a header, like X-Forwarded-For.";
        }
        else if (NotAddresses.Contains(ClientAddressHeader, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"DeviceCode:ClientAddressHeader is \"{ClientAddressHeader}\", whose syntax the service does not read. "
                + "Name a header that contains only addresses, like X-Forwarded-For.";
        }

        foreach (var origin in CorsOrigins.Where(origin => !IsOrigin(origin)))
        {
            yield return $"DeviceCode:CorsOrigins contains \"{origin}\". "
                + "Use an origin: https://, a host and, if needed, a port, like https://dashboard.example.com.";
        }
    }

    // RFC 9110 §5.6.2.
    [GeneratedRegex(@"^[A-Za-z0-9!#$%&'*+.^_`|~-]+\z")]
    private static partial Regex HeaderName { get; }

    // These pages handle codes and tokens, so they need TLS everywhere but on the local machine.
    private static bool IsPage(Uri? uri) =>
        uri is { IsAbsoluteUri: true } && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static string NotAPage(string name, Uri? value, string meaning) => value is null
        ? $"DeviceCode:{name} is missing. Set it to {meaning}."
        : $"DeviceCode:{name} is \"{value.OriginalString}\"; it must be {meaning}.";

    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsPage(uri) && uri.GetLeftPart(UriPartial.Authority) == origin;
}
