namespace DeviceCode.Testing;

using System.Collections.Concurrent;

/// <summary>Secrets and personal data that no log line, exported item or printed line may contain.</summary>
/// <param name="always">Secrets known from the start, like parts of the test users' names.</param>
public sealed class LeakSearch(params string[] always)
{
    private readonly ConcurrentDictionary<string, bool> _secrets = new(always.Select(secret => KeyValuePair.Create(secret, true)));

    /// <summary>Adds a secret.</summary>
    public void Add(string secret) => _secrets[secret] = true;

    /// <summary>Adds both codes of a login; the user code with and without its dash.</summary>
    public void AddCodes(string deviceCode, string userCode)
    {
        Add(deviceCode);
        Add(deviceCode[10..]);
        Add(userCode);
        Add(userCode.Replace("-", "", StringComparison.Ordinal));
    }

    /// <summary>Fails with the first line that contains a secret.</summary>
    public void AssertNone(IEnumerable<string> lines)
    {
        var secrets = _secrets.Keys.ToList();
        Assert.All(lines, line => Assert.DoesNotContain(secrets, secret => line.Contains(secret, StringComparison.OrdinalIgnoreCase)));
    }
}
