namespace DeviceCode.Core.Bookkeeping;

using System.Diagnostics.CodeAnalysis;

/// <summary>
/// Remembers writes that may or may not have reached the storage, because its response was lost. The next attempt repeats the same
/// write and so recognises it as its own. Thread-safe.
/// </summary>
internal sealed class UnconfirmedWrites<TKey, TWrite>
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly ExpiringCache<TKey, TWrite> _writes = new(capacity: 10_000);

    public void Remember(TKey key, TWrite write, DateTimeOffset until, DateTimeOffset now)
    {
        lock (_lock)
        {
            _writes.Set(key, write, until, now);
        }
    }

    /// <summary>Removes and returns a write: of two concurrent attempts, only one may recognise it as its own.</summary>
    public bool TryTake(TKey key, DateTimeOffset now, [MaybeNullWhen(false)] out TWrite write)
    {
        lock (_lock)
        {
            var found = _writes.TryGet(key, now, out write);
            _writes.Remove(key);
            return found;
        }
    }
}
