namespace DeviceCode.Functions.Health;

using DeviceCode.Core;
using DeviceCode.Core.Broker;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;

/// <summary>
/// Whether the storage responds. Anyone can ask, so a check costs one storage request at most, and its result is kept for a few seconds.
/// The checks take turns among the tables; the storage is healthy when the last check of each table succeeded.
/// </summary>
public sealed class StorageHealth(
    IDeviceAuthorizationStore devices, IWrongGuessStore guesses, IGrantStore grants, ICredentialStore credentials, TimeProvider time)
    : IDisposable
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(2);

    private readonly Func<CancellationToken, Task>[] _pings =
        [devices.PingAsync, guesses.PingAsync, grants.PingAsync, credentials.PingAsync];
    private readonly StoreUnavailableException?[] _faults = new StoreUnavailableException?[4];
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private DateTimeOffset? _checkedAt;
    private int _next;

    /// <summary>Completes when the storage is healthy.</summary>
    /// <exception cref="StoreUnavailableException">It is not.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            // The last check is in the future when the clock was set back since.
            var now = time.GetUtcNow();
            if (_checkedAt is not { } at || now >= at + Kept || now < at)
            {
                _faults[_next] = await TryPingAsync(_pings[_next], cancellationToken);
                _checkedAt = time.GetUtcNow();

                // A table that failed is checked again next.
                _next = _faults[_next] is null ? (_next + 1) % _pings.Length : _next;
            }

            if (Array.Find(_faults, fault => fault is not null) is { } last)
            {
                throw new StoreUnavailableException(last.Message, last);
            }
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _oneAtATime.Dispose();

    private static async Task<StoreUnavailableException?> TryPingAsync(
        Func<CancellationToken, Task> ping, CancellationToken cancellationToken)
    {
        try
        {
            await ping(cancellationToken);
            return null;
        }
        catch (StoreUnavailableException fault)
        {
            return fault;
        }
    }
}
