namespace DeviceCode.Core.Bookkeeping;

/// <summary>
/// Counts events by key and allows at most <c>limit</c> of them in any period as long as <c>window</c>. Remembers at most
/// <c>capacity</c> keys. Thread-safe.
/// </summary>
/// <remarks>
/// The clock may be set back. An event in the future does not count until its time comes; otherwise the limit would hold for longer than
/// the window.
/// </remarks>
internal sealed class SlidingWindow(int limit, TimeSpan window, int capacity)
{
    private readonly Lock _lock = new();
    private readonly ExpiringCache<string, KeyHistory> _histories = new(capacity);

    /// <summary>Checks the limit without counting an event.</summary>
    /// <returns>Null when another event is allowed. A non-null result counts as a refusal.</returns>
    public LimitExceeded? Check(string key, DateTimeOffset now)
    {
        lock (_lock)
        {
            return Check(key, HistoryOf(key, now), now);
        }
    }

    /// <summary>Whether any event of the key counts.</summary>
    public bool HasAny(string key, DateTimeOffset now)
    {
        lock (_lock)
        {
            return CountOf(HistoryOf(key, now), now) > 0;
        }
    }

    /// <summary>Counts an event, unless the limit is reached.</summary>
    /// <returns>Null when the event was counted.</returns>
    public LimitExceeded? TryAdd(string key, Guid id, DateTimeOffset now) => TryAdd(key, id, now, out _);

    /// <summary>Counts an event, unless the limit is reached; <paramref name="isFirst"/> is whether no other event counts.</summary>
    /// <returns>Null when the event was counted.</returns>
    public LimitExceeded? TryAdd(string key, Guid id, DateTimeOffset now, out bool isFirst)
    {
        lock (_lock)
        {
            var history = HistoryOf(key, now);
            isFirst = CountOf(history, now) == 0;
            if (Check(key, history, now) is { } exceeded)
            {
                return exceeded;
            }

            Insert(key, history, id, now, now);
            return null;
        }
    }

    /// <summary>
    /// Counts an event, whether or not the limit is reached. Each id counts once. The clock of the instance that reports the event may be
    /// ahead of ours: an event in the future counts as one of now.
    /// </summary>
    public void Import(string key, Guid id, DateTimeOffset at, DateTimeOffset now)
    {
        lock (_lock)
        {
            var history = HistoryOf(key, now);
            if (at > now - window && !history.Events.Exists(e => e.Id == id))
            {
                Insert(key, history, id, at < now ? at : now, now);
            }
        }
    }

    /// <summary>Removes an event, so that it no longer counts.</summary>
    public void Remove(string key, Guid id, DateTimeOffset now)
    {
        lock (_lock)
        {
            HistoryOf(key, now).Events.RemoveAll(e => e.Id == id);
        }
    }

    private LimitExceeded? Check(string key, KeyHistory history, DateTimeOffset now)
    {
        var count = CountOf(history, now);
        if (count < limit)
        {
            return null;
        }

        var isFirst = history.FirstRefusedAt is not { } refusedAt || refusedAt <= now - window || refusedAt > now;
        if (isFirst)
        {
            history.FirstRefusedAt = now;
            Keep(key, history, now);
        }

        // The next event is allowed once the oldest of the last <limit> events leaves the window.
        return new LimitExceeded(history.Events[count - limit].At + window - now, isFirst);
    }

    private static int CountOf(KeyHistory history, DateTimeOffset now) => history.Events.FindLastIndex(e => e.At <= now) + 1;

    private KeyHistory HistoryOf(string key, DateTimeOffset now)
    {
        if (!_histories.TryGet(key, now, out var history))
        {
            return new();
        }

        history.Events.RemoveAll(e => e.At <= now - window);
        return history;
    }

    private void Insert(string key, KeyHistory history, Guid id, DateTimeOffset at, DateTimeOffset now)
    {
        history.Events.Insert(history.Events.FindLastIndex(e => e.At <= at) + 1, (id, at));
        Keep(key, history, now);
    }

    private void Keep(string key, KeyHistory history, DateTimeOffset now)
    {
        var latest = history.Events[^1].At;
        _histories.Set(key, history, (history.FirstRefusedAt > latest ? history.FirstRefusedAt.Value : latest) + window, now);
    }

    private sealed class KeyHistory
    {
        /// <summary>The events within the window, oldest first.</summary>
        public List<(Guid Id, DateTimeOffset At)> Events { get; } = [];

        /// <summary>The time of the last refusal that was reported as the first one.</summary>
        public DateTimeOffset? FirstRefusedAt { get; set; }
    }
}
