namespace DeviceCode.Core.OAuth;

using System.Numerics;

/// <summary>Encodes bytes as digits and letters, in a fixed length. A double click selects the whole text.</summary>
internal static class Base62
{
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Returns the number of characters for a number of bytes.</summary>
    public static int LengthOf(int bytes) => (int)Math.Ceiling(bytes * 8 / Math.Log2(Digits.Length));

    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var text = new char[LengthOf(bytes.Length)];
        for (var i = text.Length - 1; i >= 0; i--)
        {
            (number, var digit) = BigInteger.DivRem(number, Digits.Length);
            text[i] = Digits[(int)digit];
        }

        return new string(text);
    }

    /// <summary>Decodes the text that <see cref="Write"/> returned for as many bytes as fit into <paramref name="bytes"/>.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != LengthOf(bytes.Length))
        {
            return false;
        }

        var number = BigInteger.Zero;
        foreach (var c in text)
        {
            var digit = Digits.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0)
            {
                return false;
            }

            number = (number * Digits.Length) + digit;
        }

        bytes.Clear();
        var length = number.GetByteCount(isUnsigned: true);
        return length <= bytes.Length && number.TryWriteBytes(bytes[^length..], out _, isUnsigned: true, isBigEndian: true);
    }
}
