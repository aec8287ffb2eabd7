namespace DeviceCode.Core.Devices;

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

/// <summary>
/// The <c>user_code</c> (RFC 8628 §3.2): the short code that a device shows and a person types. Its alphabet is that of RFC 8628 §6.1:
/// 20 letters, without vowels (so it spells no words) and without letters that look like digits.
/// </summary>
/// <remarks>
/// A code is kept as a number in bijective base 20, so that codes of different lengths have different numbers, and all of them fit
/// into the first five bytes of a <see cref="DeviceCode"/>.
/// </remarks>
public readonly record struct UserCode
{
    internal const int MinLength = 6;

    // The numbers of nine letters just fit into the 40 bits that a device code has for them.
    internal const int MaxLength = 9;

    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";

    // In UTF-16. Enough for a code with several invisible characters around each letter; longer input is rejected unread.
    private const int MaxInput = 256;

    private static readonly SearchValues<char> Letters = SearchValues.Create(Alphabet);

    private static readonly ulong Smallest = NumberOf("BBBBBB");
    private static readonly ulong Largest = NumberOf("ZZZZZZZZZ");

    private UserCode(ulong number) => Number = number;

    /// <summary>Below 2^40.</summary>
    internal ulong Number { get; }

    /// <summary>
    /// Reads a code as people type and paste it: in upper or lower case, in full-width letters, with any punctuation, white space and
    /// invisible characters. A letter or digit that no code has makes the text invalid, because it may stand for a letter of the code.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out UserCode code)
    {
        code = default;
        if (text is null || text.Length > MaxInput)
        {
            return false;
        }

        Span<char> letters = stackalloc char[MaxLength];
        return TypedLetters.TryRead(text, letters, out var count)
            && count >= MinLength
            && !letters[..count].ContainsAnyExcept(Letters)
            && TryFromNumber(NumberOf(letters[..count]), out code);
    }

    /// <summary>Returns the letters without a dash, from which storage keys are derived.</summary>
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

    /// <summary>Returns the code as a person reads it, with a dash in the middle: <c>BDWP-HQPK</c>.</summary>
    public string Reveal()
    {
        var letters = RevealLetters();
        return letters.Insert((letters.Length + 1) / 2, "-");
    }

    /// <summary>Hides the code.</summary>
    public override string ToString() => "UserCode(****)";

    /// <summary>Returns the number of codes that have <paramref name="length"/> letters.</summary>
    internal static double CountOf(int length) => Math.Pow(Alphabet.Length, length);

    /// <summary>Creates a random code of <paramref name="length"/> letters; all codes are equally likely.</summary>
    internal static UserCode Generate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, MinLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);
        return new UserCode(NumberOf(RandomNumberGenerator.GetString(Alphabet, length)));
    }

    /// <summary>Returns the code with this number; false when there is none.</summary>
    internal static bool TryFromNumber(ulong number, out UserCode code)
    {
        var exists = number >= Smallest && number <= Largest;
        code = exists ? new UserCode(number) : default;
        return exists;
    }

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
