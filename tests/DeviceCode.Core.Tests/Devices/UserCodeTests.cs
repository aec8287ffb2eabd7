namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Testing;
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
    [MemberData(nameof(TypedCode.Forms), MemberType = typeof(TypedCode))]
    public void A_code_is_read_as_people_type_it(string form)
    {
        var typed = TypedCode.Of(form);
        Assert.Equal(typed.Code, UserCode.TryParse(typed.Text, out var code) ? code.Reveal() : null);
    }

    [Fact]
    public void A_missing_text_is_not_a_code() => Assert.False(UserCode.TryParse(null, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(9)]
    public void Invalid_UTF_16_is_not_a_code(int place)
    {
        foreach (var half in "\ud835\udc01")
        {
            Assert.False(UserCode.TryParse("BDWP-HQPK".Insert(place, $"{half}"), out _));
        }
    }

    [Theory]
    [InlineData(' ', 256, true)]
    [InlineData(' ', 257, false)]
    [InlineData('\u200b', 256, true)]
    [InlineData('\u200b', 257, false)]
    [InlineData('\ufdfa', 256, false)] // NFKC makes 18 characters of it
    public void Text_of_up_to_256_characters_is_read(char padding, int length, bool isRead) =>
        Assert.Equal(isRead, UserCode.TryParse("BDWP-HQPK".PadRight(length, padding), out _));

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

    [Theory]
    [InlineData("BBBBBB", -1)]
    [InlineData("ZZZZZZZZZ", 1)]
    public void A_number_before_the_first_or_after_the_last_code_has_no_code(string letters, int distance)
    {
        Assert.True(UserCode.TryParse(letters, out var code));

        Assert.False(UserCode.TryFromNumber(code.Number + (ulong)distance, out var none));
        Assert.Equal(default, none);
    }

    [Fact]
    public void A_code_does_not_print_itself()
    {
        Assert.True(UserCode.TryParse("BDWP-HQPK", out var code));
        Assert.Equal("UserCode(****)", $"{code}");
    }
}
