namespace DeviceCode.Core.Devices;

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

/// <summary>
/// The <c>device_code</c> (RFC 8628 §3.2): the secret with which a device asks whether it has been approved.
/// 20 bytes, written as 40 hexadecimal digits: 5 bytes are the number of the user code, 15 are random.
/// </summary>
/// <remarks>
/// Because the user code is part of it, both codes lead to the same stored row. The row knows only <see cref="Hash"/>,
/// so whoever learns a user code is still 120 bits away from the device code.
/// </remarks>
public readonly record struct DeviceCode
{
    /// <summary>The length of the written form, in hexadecimal digits.</summary>
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

        Span<byte> tail = stackalloc byte[16];
        tail.Clear();
        bytes[UserCodeBytes..].CopyTo(tail[^(Bytes - UserCodeBytes)..]);
        _random = BinaryPrimitives.ReadUInt128BigEndian(tail);
    }

    /// <summary>The user code within; null when the digits cannot come from <see cref="Generate"/>.</summary>
    public UserCode? UserCode => Devices.UserCode.TryFromNumber(_userCodeNumber, out var code) ? code : null;

    /// <summary>A new random device code whose user code has <paramref name="userCodeLength"/> letters.</summary>
    public static DeviceCode Generate(int userCodeLength)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        RandomNumberGenerator.Fill(bytes[UserCodeBytes..]);

        Span<byte> head = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(head, Devices.UserCode.Generate(userCodeLength).Number);
        head[^UserCodeBytes..].CopyTo(bytes);
        return new DeviceCode(bytes);
    }

    /// <summary>Reads 40 hexadecimal digits, in any case.</summary>
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

    /// <summary>The SHA-256 of the code, in lower-case hexadecimal digits: all that is ever stored or remembered of it.</summary>
    public string Hash()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Write(bytes);
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>The code as the device gets it: 40 lower-case hexadecimal digits.</summary>
    public string Reveal()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Never the code itself.</summary>
    public override string ToString() => "DeviceCode(****)";

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
