namespace DeviceCode.Broker.Keys;

using Azure;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using DeviceCode.Core;
using DeviceCode.Core.Broker;

/// <summary>
/// The key ring in a Key Vault: the enabled versions of one secret, each 32 bytes in base64. It is read at the first use, then hourly; the
/// last ring is kept while the vault does not respond.
/// </summary>
/// <param name="secrets">The vault.</param>
/// <param name="time">The clock.</param>
public sealed class VaultKeyRing(SecretClient secrets, TimeProvider time) : IKeyRing, IDisposable
{
    /// <summary>The name of the secret.</summary>
    public const string SecretName = "broker-key";

    // A new version seals only when all instances have read it.
    private static readonly TimeSpan Period = TimeSpan.FromHours(1), RetryPeriod = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _reading = new(1);
    private volatile Reading? _last;

    /// <inheritdoc />
    public async ValueTask<KeyRing> ReadAsync(CancellationToken cancellationToken)
    {
        if (_last is { } last && time.GetUtcNow() < last.NextAt)
        {
            return last.Ring;
        }

        // Readers do not wait while another one reads the ring again.
        if (!await _reading.WaitAsync(_last is null ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, cancellationToken))
        {
            return _last!.Ring;
        }

        try
        {
            if (_last is null || time.GetUtcNow() >= _last.NextAt)
            {
                _last = new Reading(await DownloadAsync(cancellationToken), time.GetUtcNow() + Period);
            }
        }
        catch (StoreUnavailableException) when (_last is not null)
        {
            _last = _last with { NextAt = time.GetUtcNow() + RetryPeriod };
        }
        finally
        {
            _reading.Release();
        }

        return _last.Ring;
    }

    /// <inheritdoc />
    public void Dispose() => _reading.Dispose();

    private async Task<KeyRing> DownloadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var versions = new List<SecretProperties>();
            await foreach (var version in secrets.GetPropertiesOfSecretVersionsAsync(SecretName, cancellationToken))
            {
                if (version.Enabled != false)
                {
                    versions.Add(version);
                }
            }

            // Newest first. Where all are younger than the period, the oldest one seals, which most instances know.
            versions.Sort((one, other) => Nullable.Compare(other.CreatedOn, one.CreatedOn));
            var known = versions.FindIndex(version => version.CreatedOn <= time.GetUtcNow() - Period);
            if (versions.Count == 0)
            {
                throw new StoreUnavailableException(
                    $"The Key Vault has no enabled version of the secret {SecretName}. Add 32 random bytes in base64 as its value.");
            }

            var sealing = versions[known < 0 ? ^1 : known];
            var keys = new List<byte[]>();
            foreach (var version in versions.Prepend(sealing).Distinct())
            {
                var secret = await secrets.GetSecretAsync(SecretName, version.Version, cancellationToken: cancellationToken);
                keys.Add(Parse(secret.Value.Value, version.Version));
            }

            return new KeyRing(keys);
        }
        catch (Exception fault) when (
            fault is RequestFailedException or AggregateException or AuthenticationFailedException or IOException
            || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new StoreUnavailableException($"The Key Vault failed: {fault.Message.Split('\n')[0].Trim()}", fault);
        }
    }

    private static byte[] Parse(string text, string version)
    {
        var key = new byte[KeyRing.KeyBytes];
        return Convert.TryFromBase64String(text.Trim(), key, out var length) && length == key.Length
            ? key
            : throw new StoreUnavailableException(
                $"The version {version} of the secret {SecretName} is not 32 bytes in base64. Disable it, and add another one.");
    }

    private sealed record Reading(KeyRing Ring, DateTimeOffset NextAt);
}
