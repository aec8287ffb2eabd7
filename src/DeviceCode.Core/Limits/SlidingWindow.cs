namespace DeviceCode.Core.Limits;

/// <summary>
/// Counts events by key and says when there have been too many: never more than <c>limit</c> of them in any
/// stretch of time as long as <c>window</c>.
/// </summary>
internal sealed class SlidingWindow(int limit, TimeSpan window, int capacity)
{
    private readonly Lock _lock = new();
    private readonly ExpiringCache<string, List<(Guid Id, DateTimeOffset At)>> _events = new(capacity);

    /// <summary>How long it will take until another event may be counted; null when one may be now.</summary>
    public TimeSpan? FullFor(string key, DateTimeOffset now)
    {
        lock (_lock)
        {
            return FullFor(Recent(key, now), now);
        }
    }

    /// <summary>Counts an event, unless the limit is reached already; then <paramref name="retryAfter"/> tells how long it will stay so.</summary>
    public bool TryAdd(string key, Guid id, DateTimeOffset now, out TimeSpan retryAfter)
    {
        lock (_lock)
        {
            var events = Recent(key, now);
            if (FullFor(events, now) is { } full)
            {
                retryAfter = full;
                return false;
            }

            Insert(key, events, id, now, now);
            retryAfter = TimeSpan.Zero;
            return true;
        }
    }

    /// <summary>Counts an event that happened elsewhere, limit or not; one that is counted already is not counted twice.</summary>
    public void Add(string key, Guid id, DateTimeOffset at, DateTimeOffset now)
    {
        lock (_lock)
        {
            var events = Recent(key, now);
            if (at > now - window && !events.Exists(e => e.Id == id))
            {
                Insert(key, events, id, at, now);
            }
        }
    }

    /// <summary>Takes an event back.</summary>
    public void Remove(string key, Guid id, DateTimeOffset now)
    {
        lock (_lock)
        {
            Recent(key, now).RemoveAll(e => e.Id == id);
        }
    }

    private TimeSpan? FullFor(List<(Guid Id, DateTimeOffset At)> events, DateTimeOffset now) =>
        events.Count >= limit ? events[^limit].At + window - now : null;

    private List<(Guid Id, DateTimeOffset At)> Recent(string key, DateTimeOffset now)
    {
        if (!_events.TryGet(key, now, out var events))
        {
            return [];
        }

        events.RemoveAll(e => e.At <= now - window);
        return events;
    }

    private void Insert(string key, List<(Guid Id, DateTimeOffset At)> events, Guid id, DateTimeOffset at, DateTimeOffset now)
    {
        events.Insert(events.FindLastIndex(e => e.At <= at) + 1, (id, at));
        _events.Set(key, events, events[^1].At + window, now);
    }
}
