namespace DeviceCode.Tables;

using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;

/// <summary>
/// The time of the storage, so that all instances of the service agree on the time although the clocks of their machines differ. It is the
/// machine's time, corrected only when the header <c>Date</c> of a response from the storage proves that it is wrong.
/// </summary>
/// <remarks>
/// The header has whole seconds, so the clocks of two instances may still differ by a second, and by the duration of a storage request.
/// </remarks>
public sealed class StorageClock(TimeProvider machine) : TimeProvider
{
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _machine = machine;
    private readonly Lock _lock = new();
    private long _offset;

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => _machine.LocalTimeZone;

    /// <inheritdoc />
    public override long TimestampFrequency => _machine.TimestampFrequency;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => _machine.GetUtcNow().AddTicks(Interlocked.Read(ref _offset));

    /// <inheritdoc />
    public override long GetTimestamp() => _machine.GetTimestamp();

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>Returns a policy that reads the header of every response.</summary>
    internal HttpPipelinePolicy CreatePolicy() => new DatePolicy(this);

    /// <summary>
    /// Takes the least correction that agrees with a response. The storage wrote <paramref name="date"/> between the two times of the
    /// machine, and cut it to whole seconds.
    /// </summary>
    private void Observe(DateTimeOffset date, DateTimeOffset sent, DateTimeOffset received)
    {
        lock (_lock)
        {
            var (least, most) = ((date - received).Ticks, (date + Resolution - sent).Ticks);
            if (least <= most)
            {
                Interlocked.Exchange(ref _offset, Math.Clamp(_offset, least, most));
            }
        }
    }

    private sealed class DatePolicy(StorageClock clock) : HttpPipelinePolicy
    {
        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            var sent = clock._machine.GetUtcNow();
            await ProcessNextAsync(message, pipeline);
            Observe(message, sent);
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            var sent = clock._machine.GetUtcNow();
            ProcessNext(message, pipeline);
            Observe(message, sent);
        }

        private void Observe(HttpMessage message, DateTimeOffset sent)
        {
            if (message.HasResponse
                && message.Response.Headers.TryGetValue(HttpHeader.Names.Date, out var header)
                && DateTimeOffset.TryParseExact(header, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                clock.Observe(date, sent, clock._machine.GetUtcNow());
            }
        }
    }
}
