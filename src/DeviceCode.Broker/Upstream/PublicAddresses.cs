namespace DeviceCode.Broker.Upstream;

using System.Net;
using System.Net.Sockets;

/// <summary>
/// Recognises addresses of the internet. A provider's host name, or the metadata that it serves, must not lead the service to addresses
/// that only the service can reach, such as the metadata endpoint of its machine.
/// </summary>
internal static class PublicAddresses
{
    // RFC 6890 and its successors; 168.63.129.16 is the virtual address of Azure's platform.
    private static readonly IPNetwork[] Special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // Only 2000::/3 is assigned. Within it: Teredo, ORCHID, documentation and 6to4, some of which contain an IPv4 address.
    private static readonly IPNetwork Assigned = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] SpecialWithin =
        [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(text => IPNetwork.Parse(text))];

    public static bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return address.AddressFamily == AddressFamily.InterNetwork
            ? !Array.Exists(Special, network => network.Contains(address))
            : address.ScopeId == 0 && Assigned.Contains(address) && !Array.Exists(SpecialWithin, network => network.Contains(address));
    }
}
