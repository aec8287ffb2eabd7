namespace DeviceCode.Core.Bookkeeping;

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

/// <summary>
/// Keeps values until they expire, and at most <c>capacity</c> of them: a full cache drops a random value, so that an attacker who fills
/// it cannot choose which one. Not thread-safe; its owner locks.
/// </summary>
internal sealed class ExpiringCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, Entry> _entries = [];

    // The keys of _entries, each at its Position, for the random choice.
    private readonly List<TKey> _keys = [];

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
        DropExpired(now);
        if (_entries.TryGetValue(key, out var entry))
        {
            _entries[key] = new Entry(value, expiresAt, entry.Position);
        }
        else
        {
            if (_entries.Count == capacity)
            {
                Remove(_keys[RandomNumberGenerator.GetInt32(capacity)]);
            }

            _entries[key] = new Entry(value, expiresAt, _keys.Count);
            _keys.Add(key);
        }

        _byExpiry.Enqueue(key, expiresAt);

        // Keys that are set again and again leave stale items behind: rebuild the queue before it outgrows the entries.
        if (_byExpiry.Count > (2 * _entries.Count) + 64)
        {
            _byExpiry.Clear();
            _byExpiry.EnqueueRange(_entries.Select(entry => (entry.Key, entry.Value.ExpiresAt)));
        }
    }

    public void Remove(TKey key)
    {
        if (!_entries.Remove(key, out var removed))
        {
            return;
        }

        // The last key takes the position of the removed one.
        var last = _keys[^1];
        _keys.RemoveAt(_keys.Count - 1);
        if (removed.Position < _keys.Count)
        {
            _keys[removed.Position] = last;
            _entries[last] = _entries[last] with { Position = removed.Position };
        }
    }

    private void DropExpired(DateTimeOffset now)
    {
        while (_byExpiry.TryPeek(out var first, out var at) && at <= now)
        {
            _byExpiry.Dequeue();
            if (_entries.TryGetValue(first, out var entry) && entry.ExpiresAt == at)
            {
                Remove(first);
            }
        }
    }

    private readonly record struct Entry(TValue Value, DateTimeOffset ExpiresAt, int Position);
}
