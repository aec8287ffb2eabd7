namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core.OAuth;

/// <summary>Two bytes are three digits, of which the largest number, 62³ - 1, does not fit into two bytes.</summary>
public sealed class Base62Tests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(4, 6)]
    [InlineData(48, 65)]
    public void The_length_depends_on_the_number_of_bytes_alone(int bytes, int length)
    {
        Assert.Equal(length, Base62.LengthOf(bytes));
        Assert.Equal(new string('0', length), Base62.Write(new byte[bytes]));
    }

    [Theory]
    [InlineData("000", 0)]
    [InlineData("001", 1)]
    [InlineData("009", 9)]
    [InlineData("00A", 10)]
    [InlineData("00Z", 35)]
    [InlineData("00a", 36)]
    [InlineData("00z", 61)]
    [InlineData("010", 62)]
    [InlineData("047", 0xff)]
    [InlineData("048", 0x100)]
    [InlineData("H31", 0xffff)]
    public void Digits_are_followed_by_capital_and_small_letters(string text, int number)
    {
        Assert.Equal(text, Base62.Write([(byte)(number >> 8), (byte)number]));
        Assert.Equal(number, Read(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0001")]
    public void Text_of_another_length_is_not_read(string text) => Assert.Null(Read(text));

    [Theory]
    [InlineData("H32")] // 2^16
    [InlineData("H33")]
    [InlineData("zzz")]
    public void A_number_that_does_not_fit_is_not_read(string text) => Assert.Null(Read(text));

    [Theory]
    [InlineData("-01")]
    [InlineData("0-1")]
    [InlineData("00-")]
    [InlineData("00 ")]
    [InlineData("0é1")]
    [InlineData("00٣")]
    public void Text_with_another_character_is_not_read(string text) => Assert.Null(Read(text));

    /// <summary>Returns the number in two bytes that had other values before; null when the text is not read.</summary>
    private static int? Read(string text)
    {
        byte[] bytes = [0xaa, 0xaa];
        return Base62.TryRead(text, bytes) ? (bytes[0] << 8) | bytes[1] : null;
    }
}
