namespace DeviceCode.Core.Devices;

using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

/// <summary>
/// The <c>device_code</c> (RFC 8628 §3.2): the secret with which a device polls. 20 bytes, written as 40 hexadecimal digits: 5 bytes are
/// the number of the user code, 15 are random.
/// </summary>
/// <remarks>
/// Because it contains the user code, both codes lead to the same stored row. The row contains only <see cref="Hash"/>, so an
/// attacker who learns a user code still has to guess 120 bits.
/// </remarks>
public readonly record struct DeviceCode
{
    /// <summary>The length in hexadecimal digits.</summary>
    public const int Length = 40;

    private const int Bytes = 20;
    private const int UserCodeBytes = 5;

    private readonly ulong _userCodeNumber;
    private readonly UInt128 _random;

    private DeviceCode(ReadOnlySpan<byte> bytes)
    {
        Span<byte> head = stackalloc byte[sizeof(ulong)];
        head.Clear();
        bytes[..UserCodeBytes].CopyTo(head[^UserCodeBytes..]);
        _userCodeNumber = BinaryPrimitives.ReadUInt64BigEndian(head);
        _random = RandomOf(bytes);
    }

    private DeviceCode(ulong userCodeNumber, UInt128 random)
    {
        _userCodeNumber = userCodeNumber;
        _random = random;
    }

    /// <summary>The user code that this code contains; null when the service cannot have issued it.</summary>
    public UserCode? UserCode => Devices.UserCode.TryFromNumber(_userCodeNumber, out var code) ? code : null;

    /// <summary>Reads 40 hexadecimal digits, in upper or lower case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DeviceCode code)
    {
        code = default;
        Span<byte> bytes = stackalloc byte[Bytes];
        if (text is not { Length: Length } || Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        code = new DeviceCode(bytes);
        return true;
    }

    /// <summary>Returns the SHA-256 of the code, in lower-case hexadecimal digits. Nothing else of the code is stored.</summary>
    public string Hash()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Write(bytes);
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>Returns the code itself, for the device: 40 lower-case hexadecimal digits.</summary>
    public string Reveal()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Hides the code.</summary>
    public override string ToString() => "DeviceCode(****)";

    /// <summary>Creates a random device code for <paramref name="userCode"/>.</summary>
    internal static DeviceCode Generate(UserCode userCode)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(bytes[UserCodeBytes..]);
        return new DeviceCode(userCode.Number, RandomOf(bytes));
    }

    private static UInt128 RandomOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> tail = stackalloc byte[16];
        tail.Clear();
        bytes[UserCodeBytes..].CopyTo(tail[^(Bytes - UserCodeBytes)..]);
        return BinaryPrimitives.ReadUInt128BigEndian(tail);
    }

    private void Write(Span<byte> bytes)
    {
        Span<byte> head = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(head, _userCodeNumber);
        head[^UserCodeBytes..].CopyTo(bytes);

        Span<byte> tail = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(tail, _random);
        tail[^(Bytes - UserCodeBytes)..].CopyTo(bytes[UserCodeBytes..]);
    }
}

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

    private UserCode(ulong number) => Number = number;

    private static ulong Smallest => NumberOf("BBBBBB");

    private static ulong Largest => NumberOf("ZZZZZZZZZ");

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
