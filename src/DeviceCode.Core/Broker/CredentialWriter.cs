namespace DeviceCode.Core.Broker;

/// <summary>
/// Writes a response of a provider that cannot be repeated: not cancellable, and repeated for as long as the storage is down.
/// </summary>
internal sealed class CredentialWriter(ICredentialStore store, UpstreamRevocation revocation, TimeProvider time, IBrokerAudit audit)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Changes a row that belongs to the same login and generation, whatever else has changed since it was read.</summary>
    /// <param name="row">The row as it was read.</param>
    /// <param name="change">Returns the changed row.</param>
    /// <param name="tokens">
    /// The new tokens in it. They are revoked when the row belongs to another login or is gone; null when there are none.
    /// </param>
    /// <returns>The row as it is stored now, and whether this write changed it; null when it is gone.</returns>
    public async Task<(Credential? Row, bool IsMine)> WriteAsync(
        Credential row, Func<Credential, Credential> change, CredentialTokens? tokens)
    {
        var (current, pause, isReported) = (row, FirstPause, false);
        while (true)
        {
            try
            {
                if (await store.TryReplaceAsync(change(current), CancellationToken.None) is { } stored)
                {
                    return (stored, true);
                }

                var found = await store.FindAsync(row.OwnerKey, row.NameKey, CancellationToken.None);
                if (found is null || found.Flow != row.Flow)
                {
                    RevokeLate(row, tokens);
                    return (found, false);
                }

                if (HasMovedOn(found, row, tokens))
                {
                    // Either another instance has done the same, or this write succeeded and its response was lost.
                    return (found, change(row).SealedTokens is { } box && found.SealedTokens.AsSpan().SequenceEqual(box));
                }

                current = found;
            }
            catch (StoreUnavailableException fault)
            {
                if (!isReported)
                {
                    audit.Failed($"A response of a provider waits to be stored. {fault.Message}");
                    isReported = true;
                }

                await Task.Delay(pause, time, CancellationToken.None);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    /// <summary>Ends a credential, or its login.</summary>
    /// <returns>The row afterwards; null when it is gone.</returns>
    public async Task<Credential?> EndAsync(Credential row, string error)
    {
        var now = time.GetUtcNow();
        var (stored, isMine) = await WriteAsync(row, current => current.End(error, now), tokens: null);
        if (isMine)
        {
            audit.Ended(stored!);
        }

        return stored;
    }

    // An end is final, unless the answer that was thought lost is here.
    private static bool HasMovedOn(Credential found, Credential row, CredentialTokens? tokens) =>
        found.Generation != row.Generation
        || (found.Status == CredentialStatus.Ready && row.Status == CredentialStatus.Pending)
        || (found.Status == CredentialStatus.Ended && tokens is null);

    private void RevokeLate(Credential row, CredentialTokens? tokens)
    {
        if (tokens is not null)
        {
            revocation.RevokeInBackground(row, tokens);
        }
    }
}
