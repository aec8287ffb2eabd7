namespace DeviceCode.Client.Tests.Login;

using System.Text.Json;

public sealed class PollPaceTests : IDisposable
{
    private static readonly PollPace Start = new() { Interval = TimeSpan.FromSeconds(5) };
    private static readonly DeviceLoginException Fault = new(DeviceLoginFailure.Network, "A fault.", "Try again.");
    private readonly ScriptedServer _server = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public void The_first_wait_is_a_fifth_longer_than_the_interval() => Assert.Equal(TimeSpan.FromSeconds(6), Start.Wait(jitter: 1));

    [Fact]
    public void A_pending_response_keeps_the_pace() => Assert.Equal(Start, Start.After(new PollResponse<TokenSet>.Pending()));

    [Theory]
    [InlineData(null, 10)]
    [InlineData(30, 30)]
    [InlineData(1, 10)]
    [InlineData(100_000, 300)]
    public void Slow_down_lengthens_the_interval_and_the_margin(int? interval, int seconds)
    {
        var next = Start.After(new PollResponse<TokenSet>.SlowDown(interval is { } given ? TimeSpan.FromSeconds(given) : null));
        Assert.Equal((TimeSpan.FromSeconds(seconds), 1.4), (next.Interval, Math.Round(next.Margin, 3)));
    }

    [Fact]
    public void Failures_in_a_row_double_the_wait_up_to_a_minute_and_a_response_resets_it()
    {
        var (pace, waits) = (Start, new List<double>());
        for (var i = 0; i < 5; i++)
        {
            pace = pace.After(new PollResponse<TokenSet>.Retry(Fault));
            waits.Add(pace.Wait(jitter: 1).TotalSeconds);
        }

        Assert.Equal([12, 24, 48, 60, 60], waits);
        Assert.Equal(Start, pace.After(new PollResponse<TokenSet>.Pending()));
    }

    [Fact]
    public async Task Another_process_continues_with_the_same_pace()
    {
        _server.Respond("{}", 503, headers: ("Retry-After", "40"));
        var response = await new DeviceLogin(_server.Options).PollOnceAsync("code", codeVerifier: null);
        var pace = Start.After(response);
        var json = JsonSerializer.Serialize(pace, ClientJson.Default.PollPace);

        Assert.Equal(pace, JsonSerializer.Deserialize(json, ClientJson.Default.PollPace));
        Assert.Equal(TimeSpan.FromSeconds(40), pace.Wait(jitter: 0));
    }
}
