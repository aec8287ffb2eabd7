namespace DeviceCode.Core.Limits;

/// <summary>
/// Counts events by key and says when there have been too many: never more than <c>limit</c> of them in any
/// stretch of time as long as <c>window</c>.
/// </summary>
internal sealed class SlidingWindow(int limit, TimeSpan window, int capacity)
{
    private readonly Lock _lock = new();
    private readonly ExpiringCache<string, Counted> _counted = new(capacity);

    /// <summary>Why no other event may be counted now; null when one may. To be told so counts as being refused.</summary>
    public Refusal? Refuses(string key, DateTimeOffset now)
    {
        lock (_lock)
        {
            return Refuses(key, Recent(key, now), now);
        }
    }

    /// <summary>Counts an event, unless the limit is reached already.</summary>
    /// <returns>Null when it was counted.</returns>
    public Refusal? TryAdd(string key, Guid id, DateTimeOffset now)
    {
        lock (_lock)
        {
            var counted = Recent(key, now);
            if (Refuses(key, counted, now) is { } refusal)
            {
                return refusal;
            }

            Insert(key, counted, id, now, now);
            return null;
        }
    }

    /// <summary>Counts an event that happened elsewhere, limit or not; one that is counted already is not counted twice.</summary>
    public void Add(string key, Guid id, DateTimeOffset at, DateTimeOffset now)
    {
        lock (_lock)
        {
            var counted = Recent(key, now);
            if (at > now - window && !counted.Events.Exists(e => e.Id == id))
            {
                Insert(key, counted, id, at, now);
            }
        }
    }

    /// <summary>Takes an event back.</summary>
    public void Remove(string key, Guid id, DateTimeOffset now)
    {
        lock (_lock)
        {
            Recent(key, now).Events.RemoveAll(e => e.Id == id);
        }
    }

    private Refusal? Refuses(string key, Counted counted, DateTimeOffset now)
    {
        if (counted.Events.Count < limit)
        {
            return null;
        }

        var isFirst = counted.RefusedAt is null || counted.RefusedAt <= now - window;
        if (isFirst)
        {
            counted.RefusedAt = now;
            Keep(key, counted, now);
        }

        return new Refusal(counted.Events[^limit].At + window - now, isFirst);
    }

    private Counted Recent(string key, DateTimeOffset now)
    {
        if (!_counted.TryGet(key, now, out var counted))
        {
            return new();
        }

        counted.Events.RemoveAll(e => e.At <= now - window);
        return counted;
    }

    private void Insert(string key, Counted counted, Guid id, DateTimeOffset at, DateTimeOffset now)
    {
        counted.Events.Insert(counted.Events.FindLastIndex(e => e.At <= at) + 1, (id, at));
        Keep(key, counted, now);
    }

    private void Keep(string key, Counted counted, DateTimeOffset now)
    {
        var latest = counted.Events[^1].At;
        _counted.Set(key, counted, (counted.RefusedAt > latest ? counted.RefusedAt.Value : latest) + window, now);
    }

    private sealed class Counted
    {
        public List<(Guid Id, DateTimeOffset At)> Events { get; } = [];

        /// <summary>When it was last refused as the first time.</summary>
        public DateTimeOffset? RefusedAt { get; set; }
    }
}
