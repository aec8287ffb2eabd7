namespace DeviceCode.Core.Guesses;

using System.Security.Cryptography;
using System.Text;

/// <summary>A wrong user code that an approver entered.</summary>
/// <param name="Id">Distinguishes this guess from others.</param>
/// <param name="UserKey">A hash that stands for the person, so that the stored row does not identify them.</param>
/// <param name="AddressKey">A hash that stands for the network.</param>
/// <param name="At">The time, in UTC.</param>
public sealed record WrongGuess(Guid Id, string UserKey, string AddressKey, DateTimeOffset At)
{
    /// <summary>Creates a guess by <paramref name="user"/> from <paramref name="origin"/>.</summary>
    internal static WrongGuess By(User user, RequestOrigin origin, DateTimeOffset at) =>
        new(Guid.NewGuid(), KeyOf($"{user.TenantId}\n{user.Subject}"), KeyOf(origin.Network), at);

    private static string KeyOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
