namespace DeviceCode.Core.Bookkeeping;

/// <summary>Keys that have been seen, each until it expires, and at most <c>capacity</c> of them. Thread-safe.</summary>
internal sealed class ExpiringSet<TKey>(int capacity)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly ExpiringCache<TKey, bool> _keys = new(capacity);

    /// <summary>Whether a key is present.</summary>
    public bool Contains(TKey key, DateTimeOffset now)
    {
        lock (_lock)
        {
            return _keys.TryGet(key, now, out _);
        }
    }

    /// <summary>Adds a key, unless it is present already.</summary>
    public bool TryAdd(TKey key, DateTimeOffset expiresAt, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_keys.TryGet(key, now, out _))
            {
                return false;
            }

            _keys.Set(key, true, expiresAt, now);
            return true;
        }
    }
}
