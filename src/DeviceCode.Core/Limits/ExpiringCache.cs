namespace DeviceCode.Core.Limits;

using System.Diagnostics.CodeAnalysis;

/// <summary>
/// Remembers values until they expire, and never more than a given number of them: when it is full, what would expire
/// first goes. Not thread-safe; its owner locks.
/// </summary>
internal sealed class ExpiringCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, (TValue Value, DateTimeOffset ExpiresAt)> _entries = [];

    // May name a key several times, when it was given a later expiry since; only the entry's own expiry counts.
    private readonly PriorityQueue<TKey, DateTimeOffset> _byExpiry = new();

    /// <summary>How many values are remembered, expired ones included that nobody has asked about.</summary>
    public int Count => _entries.Count;

    /// <summary>How many entries the order of expiry has, stale ones included.</summary>
    internal int Bookkeeping => _byExpiry.Count;

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
        while (_byExpiry.TryPeek(out var first, out var at) && (at <= now || _entries.Count > capacity))
        {
            _byExpiry.Dequeue();
            if (_entries.TryGetValue(first, out var entry) && entry.ExpiresAt == at)
            {
                _entries.Remove(first);
            }
        }

        if (_byExpiry.Count > (2 * _entries.Count) + 64)
        {
            _byExpiry.Clear();
            _byExpiry.EnqueueRange(_entries.Select(entry => (entry.Key, entry.Value.ExpiresAt)));
        }
    }

    public void Remove(TKey key) => _entries.Remove(key);
}
