namespace DeviceCode.Core.Tests.Devices;

using System.Security.Cryptography;
using DeviceCode.Core.Devices;

public sealed class DeviceCodeTests
{
    [Fact]
    public void A_new_code_is_40_lower_case_hexadecimal_digits() => Assert.Matches("^[0-9a-f]{40}$", Generate().Reveal());

    [Theory]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(9)]
    public void Its_first_five_bytes_are_its_user_code(int length)
    {
        var code = Generate(length);

        Assert.Equal(length, code.UserCode!.Value.RevealLetters().Length);
        Assert.Equal(Convert.ToUInt64(code.Reveal()[..10], 16), code.UserCode.Value.Number);
    }

    [Fact]
    public void Codes_differ()
    {
        var codes = Enumerable.Range(0, 1000).Select(_ => Generate()).ToList();
        Assert.Equal(1000, codes.Distinct().Count());
        Assert.Equal(1000, codes.Select(code => code.Reveal()[10..]).Distinct().Count());
    }

    [Fact]
    public void A_device_code_is_read_back_in_upper_and_lower_case()
    {
        var code = Generate();

        Assert.True(DeviceCode.TryParse(code.Reveal(), out var read));
        Assert.Equal(code, read);
        Assert.True(DeviceCode.TryParse(code.Reveal().ToUpperInvariant(), out read));
        Assert.Equal(code.Hash(), read.Hash());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef0123456789abcdef0123456")] // 39
    [InlineData("0123456789abcdef0123456789abcdef012345678")] // 41
    [InlineData("0123456789abcdef0123456789abcdef0123456g")]
    [InlineData(" 0123456789abcdef0123456789abcdef0123456")]
    [InlineData("0x23456789abcdef0123456789abcdef01234567")]
    [InlineData("０123456789abcdef0123456789abcdef01234567")]
    public void Anything_else_is_not_a_code(string? text) => Assert.False(DeviceCode.TryParse(text, out _));

    [Theory]
    [InlineData("ffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("0000000000000000000000000000000000000000")]
    public void Digits_that_cannot_be_a_code_have_no_user_code(string text)
    {
        Assert.True(DeviceCode.TryParse(text, out var code));
        Assert.Null(code.UserCode);
    }

    [Fact]
    public void The_hash_is_the_SHA_256_of_its_bytes()
    {
        var code = Generate();
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(code.Reveal()))), code.Hash());
    }

    [Fact]
    public void A_code_does_not_print_itself() => Assert.Equal("DeviceCode(****)", $"{Generate()}");

    private static DeviceCode Generate(int length = 8) => DeviceCode.Generate(UserCode.Generate(length));
}
