namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using FsCheck;
using FsCheck.Fluent;

public sealed class UserCodeTests
{
    [Theory]
    [InlineData(6, "^[BCDFGHJKLMNPQRSTVWXZ]{3}-[BCDFGHJKLMNPQRSTVWXZ]{3}$")]
    [InlineData(7, "^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{3}$")]
    [InlineData(8, "^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$")]
    [InlineData(9, "^[BCDFGHJKLMNPQRSTVWXZ]{5}-[BCDFGHJKLMNPQRSTVWXZ]{4}$")]
    public void A_new_code_has_the_letters_and_the_dash_of_its_length(int length, string pattern)
    {
        for (var i = 0; i < 1000; i++)
        {
            Assert.Matches(pattern, UserCode.Generate(length).Reveal());
        }
    }

    [Fact]
    public void Every_letter_occurs_in_every_place()
    {
        var codes = Enumerable.Range(0, 2000).Select(_ => UserCode.Generate(8).RevealLetters()).ToList();
        for (var place = 0; place < 8; place++)
        {
            Assert.Equal(20, codes.Select(code => code[place]).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(10)]
    public void Other_lengths_cannot_be_generated(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => UserCode.Generate(length));

    [Theory]
    [InlineData("BDWP-HQPK")]
    [InlineData("bdwp-hqpk")]
    [InlineData("bdwphqpk")]
    [InlineData("bdwp hqpk")]
    [InlineData(" b d w p h q p k ")]
    [InlineData("BdWp–hQpK")] // en dash
    [InlineData("BDWP—HQPK")] // em dash
    [InlineData("BDWP‑HQPK")] // non-breaking hyphen
    [InlineData("BDWP\u00a0HQPK\r\n")]
    [InlineData("--BDWP--HQPK--")]
    public void A_code_is_read_as_people_type_it(string typed)
    {
        Assert.True(UserCode.TryParse(typed, out var code));
        Assert.Equal("BDWP-HQPK", code.Reveal());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("BDWPH")] // too short
    [InlineData("BDWPHQPKBB")] // too long
    [InlineData("ADWP-HQPK")] // a vowel
    [InlineData("YDWP-HQPK")]
    [InlineData("0DWP-HQPK")]
    [InlineData("BDWP_HQPK")]
    [InlineData("BDWP.HQPK")]
    [InlineData("ＢＤＷＰＨＱＰＫ")] // full-width
    [InlineData("ВDWPHQPK")] // Cyrillic
    [InlineData("BDWP-HQP\u212a")] // the Kelvin sign, whose lower case is k
    [InlineData("BDWP\u0000HQPK")]
    public void Anything_else_is_not_a_code(string? typed) => Assert.False(UserCode.TryParse(typed, out _));

    [Fact]
    public void Very_long_text_is_rejected() => Assert.False(UserCode.TryParse("BDWP-HQPK".PadRight(65), out _));

    [Fact]
    public void A_code_that_was_shown_is_read_back() => Prop.ForAll(
        Gen.Choose(UserCode.MinLength, UserCode.MaxLength).Select(UserCode.Generate).ToArbitrary(),
        code => UserCode.TryParse(code.Reveal(), out var read) && read == code && read.Number == code.Number)
        .QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_accepted_or_rejected_without_an_exception() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        typed => !UserCode.TryParse(typed, out var code) || UserCode.TryParse(code.Reveal(), out _))
        .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("BBBBBB")]
    [InlineData("ZZZZZZ")]
    [InlineData("BBBBBBB")]
    [InlineData("BBBBBBBB")]
    [InlineData("ZZZZZZZZ")]
    [InlineData("ZZZZZZZZZ")]
    public void The_first_and_the_last_code_of_a_length_have_numbers_of_their_own(string letters)
    {
        Assert.True(UserCode.TryParse(letters, out var code));
        Assert.True(code.Number < 1UL << 40);
        Assert.True(UserCode.TryFromNumber(code.Number, out var same));
        Assert.Equal(letters, same.RevealLetters());
    }

    [Fact]
    public void A_code_does_not_print_itself()
    {
        Assert.True(UserCode.TryParse("BDWP-HQPK", out var code));
        Assert.Equal("UserCode(****)", $"{code}");
    }
}
