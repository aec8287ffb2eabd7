namespace DeviceCode.Core.Tests;

using System.Net;

public sealed class RequestOriginTests
{
    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7", true)]
    [InlineData("198.51.100.7", "198.51.100.8", false)]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7", true)]
    [InlineData("2001:db8:1:2:aaaa::1", "2001:db8:1:2:bbbb::2", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::1", "127.0.0.1", true)]
    [InlineData(null, null, false)]
    [InlineData("198.51.100.7", null, false)]
    public void A_network_is_an_IPv4_address_or_an_IPv6_prefix_of_64_bits(string? one, string? other, bool same) =>
        Assert.Equal(same, From(one).SharesNetworkWith(From(other)));

    [Theory]
    [InlineData(null, "unknown")]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.8.9.10", "loopback")]
    [InlineData("::1", "loopback")]
    [InlineData("::ffff:127.0.0.1", "loopback")]
    [InlineData("198.51.100.7", "198.51.100.7")]
    [InlineData("::ffff:198.51.100.7", "198.51.100.7")]
    [InlineData("2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64")]
    [InlineData("2001:db8::1", "2001:db8::/64")]
    public void Limits_count_by_the_network(string? address, string network) => Assert.Equal(network, From(address).Network);

    [Fact]
    public void A_user_agent_is_cut_and_made_printable()
    {
        var origin = new RequestOrigin(null, "a\u0000b\r\n\u001b[31m\ud800" + new string('x', 1000));

        Assert.StartsWith("a?b???[31m?x", origin.UserAgent, StringComparison.Ordinal);
        Assert.Equal(256, origin.UserAgent!.Length);
    }

    [Theory]
    [InlineData("good\u202Egnp.exe", "good?gnp.exe")] // right to left from here on
    [InlineData("gi\u200Bt\uFEFF", "gi?t?")] // there without being seen
    [InlineData("one\u2028two\u2029", "one?two?")]
    [InlineData("Zoës Rechner", "Zoës Rechner")]
    public void A_user_agent_cannot_reverse_or_hide_text(string claimed, string shown) =>
        Assert.Equal(shown, new RequestOrigin(null, claimed).UserAgent);

    [Fact]
    public void An_origin_does_not_print_itself() => Assert.Equal("RequestOrigin(****)", $"{From("198.51.100.7")}");

    [Theory]
    [InlineData("198.51.100.7", "198.51.100.7", true)]
    [InlineData("198.51.100.7", "198.51.100.8", false)]
    [InlineData("2001:db8:1:2:aaaa::1", "2001:db8:1:2:bbbb::2", true)]
    public void An_alias_stands_for_a_network(string one, string other, bool same)
    {
        Assert.Equal(same, From(one).NetworkAlias == From(other).NetworkAlias);
        Assert.Matches("^[0-9a-f]{16}$", From(one).NetworkAlias);
    }

    private static RequestOrigin From(string? address) => new(address is null ? null : IPAddress.Parse(address), null);
}
