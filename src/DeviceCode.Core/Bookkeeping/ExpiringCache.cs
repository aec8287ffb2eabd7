namespace DeviceCode.Core.Bookkeeping;

using System.Diagnostics.CodeAnalysis;

/// <summary>
/// Keeps values until they expire, and at most <c>capacity</c> of them: a full cache drops the value that would expire first.
/// Not thread-safe; its owner locks.
/// </summary>
internal sealed class ExpiringCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, (TValue Value, DateTimeOffset ExpiresAt)> _entries = [];

    // A key that was set again is queued more than once; only the expiry in _entries counts, the other items are stale.
    private readonly PriorityQueue<TKey, DateTimeOffset> _byExpiry = new();

    /// <summary>The number of entries, including expired ones that have not been dropped yet.</summary>
    internal int Count => _entries.Count;

    /// <summary>The number of queued items, including stale ones.</summary>
    internal int QueueLength => _byExpiry.Count;

    public bool TryGet(TKey key, DateTimeOffset now, [MaybeNullWhen(false)] out TValue value)
    {
        var found = _entries.TryGetValue(key, out var entry) && entry.ExpiresAt > now;
        value = found ? entry.Value : default;
        return found;
    }

    public void Set(TKey key, TValue value, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        _entries[key] = (value, expiresAt);
        _byExpiry.Enqueue(key, expiresAt);
        DropExpiredAndExcess(now);

        // Keys that are set again and again leave stale items behind: rebuild the queue before it outgrows the entries.
        if (_byExpiry.Count > (2 * _entries.Count) + 64)
        {
            _byExpiry.Clear();
            _byExpiry.EnqueueRange(_entries.Select(entry => (entry.Key, entry.Value.ExpiresAt)));
        }
    }

    public void Remove(TKey key) => _entries.Remove(key);

    private void DropExpiredAndExcess(DateTimeOffset now)
    {
        while (_byExpiry.TryPeek(out var first, out var at) && (at <= now || _entries.Count > capacity))
        {
            _byExpiry.Dequeue();
            if (_entries.TryGetValue(first, out var entry) && entry.ExpiresAt == at)
            {
                _entries.Remove(first);
            }
        }
    }
}
