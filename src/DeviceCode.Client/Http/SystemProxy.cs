namespace DeviceCode.Client;

using System.Net;

/// <summary>
/// The proxy of the system: <c>HTTPS_PROXY</c> and <c>NO_PROXY</c>, or the settings of Windows and macOS. It is never used for this
/// machine.
/// </summary>
internal sealed class SystemProxy : IWebProxy
{
    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        set => HttpClient.DefaultProxy.Credentials = value;
    }

    public Uri? GetProxy(Uri destination)
    {
        if (IsBypassed(destination) || HttpClient.DefaultProxy.GetProxy(destination) is not { } proxy)
        {
            return null;
        }

        // Without the password, which is among the Credentials, and would otherwise appear in exceptions.
        return proxy.UserInfo.Length == 0 ? proxy : new UriBuilder(proxy) { UserName = "", Password = "" }.Uri;
    }

    public bool IsBypassed(Uri host) => IsThisMachine(host) || HttpClient.DefaultProxy.IsBypassed(host);

    /// <summary>
    /// Returns whether a URL's host is this machine: a loopback address, <c>localhost</c> or a name below it (RFC 6761 §6.3).
    /// </summary>
    private static bool IsThisMachine(Uri uri)
    {
        var host = uri.IdnHost.TrimEnd('.');
        return uri.IsLoopback
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
    }
}
