namespace DeviceCode.Core.Devices;

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

/// <summary>
/// The <c>user_code</c> (RFC 8628 §3.2): the short code that a device shows and a person types.
/// Letters of the 20-letter alphabet of RFC 8628 §6.1, which has no vowels (no words) and nothing that looks like a digit.
/// </summary>
/// <remarks>
/// A code is kept as its number in bijective base 20, so that codes of every length have numbers of their own and all of
/// them fit into the first five bytes of a <see cref="DeviceCode"/>. It never prints itself: <see cref="Reveal"/> does.
/// </remarks>
public readonly record struct UserCode
{
    /// <summary>The fewest letters a code can have.</summary>
    public const int MinLength = 6;

    /// <summary>The most letters a code can have: nine are just under the 40 bits that a device code spends on them.</summary>
    public const int MaxLength = 9;

    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";

    // Nobody pastes more than this around a code; anything longer is not looked at.
    private const int MaxInput = 64;

    private static readonly ulong Smallest = NumberOf("BBBBBB");
    private static readonly ulong Largest = NumberOf("ZZZZZZZZZ");

    private UserCode(ulong number) => Number = number;

    /// <summary>The code's number, below 2^40.</summary>
    internal ulong Number { get; }

    /// <summary>How many codes of <paramref name="length"/> letters there are.</summary>
    public static double CountOf(int length) => Math.Pow(Alphabet.Length, length);

    /// <summary>A new random code of <paramref name="length"/> letters, each equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is not one that <see cref="MinLength"/> and <see cref="MaxLength"/> allow.</exception>
    public static UserCode Generate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, MinLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);
        return new UserCode(NumberOf(RandomNumberGenerator.GetString(Alphabet, length)));
    }

    /// <summary>
    /// Reads a code as people type it: in any case, with or without spaces, and with any kind of dash
    /// (editors like to turn <c>-</c> into another one).
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out UserCode code)
    {
        code = default;
        if (text is null || text.Length > MaxInput)
        {
            return false;
        }

        Span<char> letters = stackalloc char[MaxLength];
        var count = 0;
        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c) || char.GetUnicodeCategory(c) == UnicodeCategory.DashPunctuation)
            {
                continue;
            }

            var letter = char.IsAsciiLetterLower(c) ? (char)(c - 'a' + 'A') : c;
            if (count == MaxLength || !Alphabet.Contains(letter))
            {
                return false;
            }

            letters[count++] = letter;
        }

        return count >= MinLength && TryFromNumber(NumberOf(letters[..count]), out code);
    }

    /// <summary>The code with this number, if there is one.</summary>
    internal static bool TryFromNumber(ulong number, out UserCode code)
    {
        var exists = number >= Smallest && number <= Largest;
        code = exists ? new UserCode(number) : default;
        return exists;
    }

    /// <summary>The code's letters without a dash: what storage keys are derived from.</summary>
    public string RevealLetters()
    {
        Span<char> letters = stackalloc char[MaxLength];
        var start = letters.Length;
        for (var rest = Number; rest > 0; rest /= (ulong)Alphabet.Length)
        {
            letters[--start] = Alphabet[(int)(--rest % (ulong)Alphabet.Length)];
        }

        return new string(letters[start..]);
    }

    /// <summary>The code as a person reads it, with a dash in the middle: <c>BDWP-HQPK</c>.</summary>
    public string Reveal()
    {
        var letters = RevealLetters();
        return letters.Insert((letters.Length + 1) / 2, "-");
    }

    /// <summary>Never the code itself.</summary>
    public override string ToString() => "UserCode(****)";

    private static ulong NumberOf(ReadOnlySpan<char> letters)
    {
        var number = 0UL;
        foreach (var letter in letters)
        {
            number = (number * (ulong)Alphabet.Length) + (ulong)Alphabet.IndexOf(letter) + 1;
        }

        return number;
    }
}
