namespace DeviceCode.Client;

using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

/// <summary>Explains why a request got no response: the problem and its fix.</summary>
internal static class NetworkFailure
{
    private const string TryAgain = "Check the network, then try again.";

    /// <summary>Returns the failure that an exception of an HTTP handler stands for.</summary>
    /// <param name="uri">The URL of the request.</param>
    /// <param name="exception">The exception.</param>
    /// <param name="timeout">The time-out of the request.</param>
    public static DeviceLoginException Of(Uri uri, Exception exception, TimeSpan timeout)
    {
        var server = uri.Authority;
        var (message, fix) = Causes(exception).FirstOrDefault(IsOurs) switch
        {
            CertificateException certificate => Explain(uri, certificate),
            NoTlsException => (
                $"{server} does not use TLS, although its URL begins with https.",
                $"Check the port. http is allowed for servers on this machine only."),
            ForbiddenAddressException => (
                $"{uri.IdnHost} is on a network that this program must not reach.", "Check the host name, or allow private networks."),
            ProxyException proxy => (
                $"The proxy {proxy.Proxy} cannot be reached.",
                $"Start it, correct HTTPS_PROXY, or add {uri.IdnHost} to NO_PROXY."),
            _ => (exception as HttpRequestException)?.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => (
                    $"The host name {uri.IdnHost} cannot be resolved.", "Check the name, and that this machine is online."),
                HttpRequestError.SecureConnectionError => (
                    $"A secure connection to {server} failed.",
                    "Check the port, and whether the server requires a client certificate or an old version of TLS."),
                HttpRequestError.ProxyTunnelError => (
                    $"The proxy does not allow requests to {server}.",
                    "Check HTTPS_PROXY, which must contain the user name and password if the proxy requires them, and NO_PROXY."),
                HttpRequestError.ConnectionError => (
                    $"{server} cannot be reached.", "Check that this machine is online and that the server is running."),
                _ when exception is OperationCanceledException => (
                    string.Create(CultureInfo.InvariantCulture, $"{server} did not respond within {timeout.TotalSeconds:0.#} seconds."),
                    TryAgain),
                _ => ($"The connection to {server} was lost.", TryAgain),
            },
        };
        return new DeviceLoginException(DeviceLoginFailure.Network, message, fix, exception);
    }

    /// <summary>Returns whether the failure concerns the host, so that another URL of it would fail, too.</summary>
    public static bool ConcernsHost(Exception? exception) => exception is OperationCanceledException
        || Causes(exception).Any(IsOurs)
        || (exception as HttpRequestException)?.HttpRequestError is HttpRequestError.NameResolutionError
            or HttpRequestError.ConnectionError
            or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError;

    private static (string Message, string Fix) Explain(Uri uri, CertificateException certificate)
    {
        var server = uri.Authority;
        return certificate switch
        {
            _ when certificate.Status.HasFlag(X509ChainStatusFlags.NotTimeValid) => (
                $"The certificate of {server} has expired, or is not valid yet.",
                "Check this machine's clock. If it is right, the operator of the server must renew the certificate."),
            { Errors: var errors } when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => (
                $"The certificate of {server} was issued for another host name.",
                "Use the name in the certificate, and check whether the network redirects the connection."),
            _ when certificate.Status.HasFlag(X509ChainStatusFlags.Revoked) => (
                $"The certificate of {server} has been revoked.", "Do not use the server until its operator has replaced the certificate."),
            { Errors: SslPolicyErrors.RemoteCertificateNotAvailable } => (
                $"{server} sent no certificate.", "Check the URL and the port."),
            _ => (
                $"The certificate of {server} was issued by an authority that this machine does not trust.",
                "If you trust it, for example because it is your company's, add it to the system's certificates, or on Linux set "
                + "SSL_CERT_FILE to a PEM file that contains it."),
        };
    }

    private static bool IsOurs(Exception exception) =>
        exception is CertificateException or NoTlsException or ProxyException or ForbiddenAddressException;

    private static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }
}
