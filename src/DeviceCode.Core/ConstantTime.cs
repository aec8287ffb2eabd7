namespace DeviceCode.Core;

using System.Runtime.InteropServices;
using System.Security.Cryptography;

/// <summary>Compares hashes of secrets without revealing by the time it takes how much of them matches.</summary>
internal static class ConstantTime
{
    public static bool AreEqual(string one, string other) => CryptographicOperations.FixedTimeEquals(
        MemoryMarshal.AsBytes(one.AsSpan()), MemoryMarshal.AsBytes(other.AsSpan()));
}
