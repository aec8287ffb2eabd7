namespace DeviceCode.Core.Devices;

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
