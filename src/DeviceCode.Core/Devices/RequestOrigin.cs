namespace DeviceCode.Core.Devices;

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

/// <summary>From where a request came: what the approver is shown, and what limits are counted by.</summary>
public sealed record RequestOrigin
{
    private const int MaxUserAgentLength = 256;

    private static readonly byte[] AliasKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>An origin; an IPv4 address in IPv6 clothes is undressed, the user agent cut to 256 printable characters.</summary>
    public RequestOrigin(IPAddress? address, string? userAgent)
    {
        Address = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        UserAgent = userAgent is null ? null : Printable(userAgent);
        Network = NetworkOf(Address);
    }

    /// <summary>The client's address; null when it is not known.</summary>
    public IPAddress? Address { get; }

    /// <summary>The program's <c>User-Agent</c>: its own claim, at most 256 characters, none of them a control character.</summary>
    public string? UserAgent { get; }

    /// <summary>
    /// The address by which limits count: an IPv4 address itself, or the /64 of an IPv6 address, all of which is one customer's;
    /// the machine itself is one, too.
    /// </summary>
    public string Network { get; }

    /// <summary>
    /// Stands for <see cref="Network"/> in the logs of this process, 16 hexadecimal digits: without the key, which is never written
    /// anywhere, no address can be had from it.
    /// </summary>
    public string NetworkAlias => Convert.ToHexStringLower(HMACSHA256.HashData(AliasKey, Encoding.UTF8.GetBytes(Network)))[..16];

    /// <summary>Whether both are known to be in the same network.</summary>
    public bool SharesNetworkWith(RequestOrigin other) => Address is not null && other.Address is not null && Network == other.Network;

    /// <summary>Never the address itself.</summary>
    public override string ToString() => "RequestOrigin(****)";

    private static string NetworkOf(IPAddress? address)
    {
        if (address is null)
        {
            return "unknown";
        }

        // localhost is 127.0.0.1 to one program and ::1 to another.
        if (IPAddress.IsLoopback(address))
        {
            return "loopback";
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes) + "/64";
    }

    private static string Printable(string text)
    {
        var cut = text.Length > MaxUserAgentLength ? text[..MaxUserAgentLength] : text;
        return string.Create(cut.Length, cut, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                // Nor what turns text around, or is there without being seen: the approver is shown this.
                span[i] = char.GetUnicodeCategory(source[i]) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '?' : source[i];
            }
        });
    }
}
