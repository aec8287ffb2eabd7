namespace DeviceCode.Core.Limits;

using System.Diagnostics.CodeAnalysis;

/// <summary>
/// Writes of which the storage did not tell whether they were made. What is remembered here is made again by the next try, which then
/// wins by it. It is taken, not read: two tries at once must not win by the same write.
/// </summary>
internal sealed class Unanswered<TKey, TWrite>
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
