namespace DeviceCode.Core.Limits;

using System.Security.Cryptography;
using System.Text;
using DeviceCode.Core.Devices;

/// <summary>Somebody entered a user code that does not lead anywhere.</summary>
/// <param name="Id">Tells this guess from another.</param>
/// <param name="UserKey">Stands for the person: a hash, so that the record tells nobody who it was.</param>
/// <param name="AddressKey">Stands for the network it came from, likewise.</param>
/// <param name="At">When, in UTC.</param>
public sealed record WrongGuess(Guid Id, string UserKey, string AddressKey, DateTimeOffset At)
{
    /// <summary>A guess by <paramref name="user"/> from <paramref name="origin"/>.</summary>
    public static WrongGuess By(User user, RequestOrigin origin, DateTimeOffset at) =>
        new(Guid.NewGuid(), KeyOf($"{user.TenantId}\n{user.Subject}"), KeyOf(origin.Network), at);

    private static string KeyOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
