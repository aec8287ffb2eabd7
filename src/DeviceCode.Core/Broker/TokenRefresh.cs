namespace DeviceCode.Core.Broker;

using System.Collections.Concurrent;

/// <summary>
/// Refreshes tokens: one request to the provider for each expiry, whatever the number of readers and instances. Within an instance, readers
/// share one task; among instances, the insert of a lease decides.
/// </summary>
/// <remarks>
/// The insert also proves that the storage accepts writes, before the refresh token is spent. The holder of the lease sends the request,
/// and once more when there is no response: many providers then return the same tokens again. A provider that does not has spent the
/// refresh token, and the credential ends with <c>answer_lost</c>.
/// </remarks>
internal sealed class TokenRefresh(
    ICredentialStore store,
    IUpstream upstream,
    IKeyRing keys,
    CredentialWriter writer,
    BackgroundWork background,
    TimeProvider time,
    IBrokerAudit audit)
{
    private const int Requests = 2;

    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(45), Reserve = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestWait = TimeSpan.FromSeconds(8);

    private readonly ConcurrentDictionary<(string Owner, string Name, Guid Flow, int Generation), Lazy<Task<Credential?>>> _flights = [];

    /// <summary>Refreshes the tokens of a ready credential, or waits for another instance that does.</summary>
    /// <returns>
    /// The row afterwards: in a newer generation, ended, or unchanged because the provider does not respond; null when it is gone.
    /// </returns>
    public Task<Credential?> RunAsync(Credential row, CredentialOwner owner)
    {
        var key = (row.OwnerKey, row.NameKey, row.Flow, row.Generation);
        return _flights.GetOrAdd(key, added => new Lazy<Task<Credential?>>(() => background.Run(async () =>
        {
            try
            {
                return await RunOnceAsync(row, owner);
            }
            finally
            {
                _flights.TryRemove(added, out _);
            }
        }))).Value;
    }

    private async Task<Credential?> RunOnceAsync(Credential row, CredentialOwner owner)
    {
        var sealer = new CredentialSealer(await keys.ReadAsync(CancellationToken.None));
        var (tokens, renewed) = (sealer.OpenTokens(row, owner), sealer.Renew(row, owner));

        // An earlier task of this instance may just have refreshed this row: then its lease exists, and the row is newer.
        for (var attempt = row.RefreshFailures + 1; ; attempt++)
        {
            var now = time.GetUtcNow();
            if (row.RefreshNotBefore > now)
            {
                return row;
            }

            var lease = CredentialMark.Lease(row, attempt, now + LeaseTime);
            if (await store.AddMarkAsync(lease, CancellationToken.None) is not { } held)
            {
                return await HoldAsync(row, renewed, tokens, sealer, lease, isRepeated: attempt > row.RefreshFailures + 1);
            }

            var current = await WaitAsync(row, held.Until);
            if (current is null || !IsSame(current, row) || time.GetUtcNow() < held.Until)
            {
                return current;
            }
        }
    }

    private async Task<Credential?> HoldAsync(
        Credential row, Credential renewed, CredentialTokens tokens, CredentialSealer sealer, CredentialMark lease, bool isRepeated)
    {
        var mayHaveLostAnswer = row.MayHaveLostAnswer || isRepeated;
        for (var request = 1; ; request++)
        {
            try
            {
                var fresh = await upstream.RefreshAsync(row.ProviderId, tokens, CancellationToken.None);
                return await StoreAsync(row, renewed, fresh with { Account = tokens.Account }, sealer);
            }
            catch (UpstreamException rejected) when (rejected.Fault == UpstreamFault.InvalidGrant)
            {
                var current = await store.FindAsync(row.OwnerKey, row.NameKey, CancellationToken.None);
                return current is null || !IsSame(current, row)
                    ? current
                    : await writer.EndAsync(current, LoginStep.ErrorOf(UpstreamFault.InvalidGrant, mayHaveLostAnswer));
            }
            catch (UpstreamException fault)
            {
                mayHaveLostAnswer |= fault.MayHaveLostAnswer;
                if (fault.MayHaveLostAnswer && request < Requests && time.GetUtcNow() < lease.Until - Reserve)
                {
                    continue;
                }

                if (fault.Fault == UpstreamFault.Unavailable)
                {
                    audit.ProviderSilent(row.ProviderId, fault.Message);
                }
                else
                {
                    audit.ProviderRejects(row.ProviderId, fault.Message);
                }

                var now = time.GetUtcNow();
                var (delayed, _) = await writer.WriteAsync(
                    row, current => current.DelayRefresh(now, fault.RetryAfter, mayHaveLostAnswer), tokens: null);
                return delayed;
            }
        }
    }

    private async Task<Credential?> StoreAsync(Credential row, Credential renewed, CredentialTokens fresh, CredentialSealer sealer)
    {
        byte[] box;
        try
        {
            box = sealer.SealTokens(row, row.Generation + 1, fresh);
        }
        catch (UpstreamException tooLarge)
        {
            audit.ProviderRejects(row.ProviderId, tooLarge.Message);
            return await writer.EndAsync(row, "provider_error");
        }

        var now = time.GetUtcNow();
        var (stored, isMine) = await writer.WriteAsync(row, current => current.Refresh(fresh, box, renewed, now), fresh);
        if (isMine)
        {
            audit.Refreshed(stored!);
        }

        return stored;
    }

    /// <summary>Waits until another instance has changed the row, its lease has ended, or the reader's time is over.</summary>
    private async Task<Credential?> WaitAsync(Credential row, DateTimeOffset until)
    {
        var started = time.GetTimestamp();
        for (var pause = FirstPause; ; pause *= 2)
        {
            var current = await store.FindAsync(row.OwnerKey, row.NameKey, CancellationToken.None);
            if (current is null || !IsSame(current, row) || time.GetUtcNow() >= until || time.GetElapsedTime(started) >= LongestWait)
            {
                return current;
            }

            await Task.Delay(pause, time, CancellationToken.None);
        }
    }

    private static bool IsSame(Credential current, Credential row) => current.Flow == row.Flow
        && current.Generation == row.Generation
        && current.Status == row.Status
        && current.RefreshFailures == row.RefreshFailures;
}
