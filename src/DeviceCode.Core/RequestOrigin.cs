namespace DeviceCode.Core;

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

/// <summary>The origin of a request: shown to the approver, and the key by which limits count.</summary>
public sealed record RequestOrigin
{
    private const int MaxUserAgentLength = 256;

    private static readonly byte[] AliasKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>Creates an origin. An IPv4-mapped IPv6 address is stored as IPv4, and the user agent is made printable.</summary>
    public RequestOrigin(IPAddress? address, string? userAgent)
    {
        Address = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        UserAgent = userAgent is null ? null : Printable(userAgent);
        Network = NetworkOf(Address);
    }

    /// <summary>The client's address; null when it is not known.</summary>
    public IPAddress? Address { get; }

    /// <summary>
    /// The client's <c>User-Agent</c>, which the client chooses freely: at most 256 characters, without control characters.
    /// </summary>
    public string? UserAgent { get; }

    /// <summary>
    /// The key by which limits count: an IPv4 address, the /64 prefix of an IPv6 address (usually one customer), or
    /// "loopback" for this machine.
    /// </summary>
    public string Network { get; }

    /// <summary>
    /// Stands for <see cref="Network"/> in the logs of this process, in 16 hexadecimal digits. It is keyed, because a plain hash
    /// of an IPv4 address can be reversed by trying all addresses; the key is never written anywhere.
    /// </summary>
    public string NetworkAlias => Convert.ToHexStringLower(HMACSHA256.HashData(AliasKey, Encoding.UTF8.GetBytes(Network)))[..16];

    /// <summary>Whether both addresses are known and in the same network.</summary>
    public bool SharesNetworkWith(RequestOrigin other) => Address is not null && Network == other.Network;

    /// <summary>Hides the address.</summary>
    public override string ToString() => "RequestOrigin(****)";

    private static string NetworkOf(IPAddress? address)
    {
        if (address is null)
        {
            return "unknown";
        }

        // Programs on one machine use both 127.0.0.1 and ::1 for localhost.
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
                // Format characters too: the approver sees this text, and they can reverse its direction or hide parts of it.
                span[i] = char.GetUnicodeCategory(source[i]) is UnicodeCategory.Control or UnicodeCategory.Format
                    or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '?' : source[i];
            }
        });
    }
}
