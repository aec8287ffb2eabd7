namespace DeviceCode.Core.Tests;

using System.Diagnostics.Metrics;
using System.Globalization;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

/// <summary>Every step of a login, as the metrics count it.</summary>
public sealed class DeviceMetricsTests : IDisposable
{
    private readonly Meter _meter = new(DeviceMetrics.MeterName);
    private readonly MeterListener _listener = new();
    private readonly List<Instrument> _instruments = [];
    private readonly List<string> _measured = [];
    private readonly HashSet<string> _tagKeys = [];
    private readonly TestTime _time = new();
    private readonly DeviceMetrics _metrics;
    private readonly DeviceAuthorizationService _service;

    public DeviceMetricsTests()
    {
        // Other tests measure at the same time, with their own meters.
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == _meter)
            {
                _instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
        _metrics = new DeviceMetrics(_meter);
        var options = new DeviceAuthorizationOptions { CodesPerAddress = 2, WrongGuessesPerUser = 1 };
        _service = Some.Service(time: _time, metrics: _metrics, options: options);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public async Task A_login_is_issued_approved_and_completed_once()
    {
        var issued = await _service.IssueAsync();
        await _service.PollAsync(issued.DeviceCode);
        _time.Advance(TimeSpan.FromSeconds(42.5));
        await _service.InspectAsync(UserCodeOf(issued));
        await _service.DecideAsync(UserCodeOf(issued));
        await _service.PollAsync(issued.DeviceCode);
        await _service.PollAsync(issued.DeviceCode);

        Assert.Equal(
            [
                "devicecode.authorizations 1 {authorization} issued",
                "devicecode.authorizations 1 {authorization} approved",
                "devicecode.authorization.decision.duration 42.5 s approved",
                "devicecode.authorizations 1 {authorization} completed",
            ],
            _measured);
    }

    [Fact]
    public async Task A_denial_and_an_expiry_are_counted_as_such()
    {
        var (denied, expired) = (await _service.IssueAsync(), await _service.IssueAsync());
        await _service.DecideAsync(UserCodeOf(denied), approve: false);
        await _service.PollAsync(denied.DeviceCode);
        _time.Advance(TimeSpan.FromMinutes(15));
        await _service.PollAsync(expired.DeviceCode);
        await _service.PollAsync(expired.DeviceCode);

        Assert.Equal(
            [
                "devicecode.authorizations 1 {authorization} denied",
                "devicecode.authorization.decision.duration 0 s denied",
                "devicecode.authorizations 1 {authorization} expired",
            ],
            _measured.Skip(2));
    }

    [Fact]
    public async Task An_expiry_is_counted_by_the_first_poll_that_finds_it()
    {
        var issued = await _service.IssueAsync();
        _time.Advance(TimeSpan.FromMinutes(15));
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await _service.PollAsync(issued.DeviceCode);
            Assert.Equal(["devicecode.authorizations 1 {authorization} expired"], _measured.Skip(1));
        }
    }

    [Fact]
    public async Task Wrong_codes_are_counted_until_they_are_refused()
    {
        await _service.DecideAsync("not a code");
        await _service.InspectAsync("BBBB-BBBB");
        await _service.DecideAsync("BBBB-BBBB");

        Assert.Equal(["devicecode.user_codes.wrong 1 {user_code}", "devicecode.requests.refused 1 {request} wrong_user_codes"], _measured);
    }

    [Fact]
    public async Task A_request_for_too_many_codes_is_counted()
    {
        await _service.IssueAsync();
        await _service.IssueAsync();
        await _service.IssueAsync(Some.From(Some.DeviceOrigin), CancellationToken.None);

        Assert.Equal("devicecode.requests.refused 1 {request} codes", _measured[2]);
    }

    [Fact]
    public async Task An_OAuth_login_counts_as_completed_once_and_a_refresh_does_not()
    {
        var world = new OAuthWorld(metrics: _metrics);
        var code = await world.ApprovedAsync(challenge: OAuthWorld.Challenge);
        var tokens = Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code, OAuthWorld.Verifier));
        Assert.IsType<TokenResult.Issued>(await world.RedeemAsync(code, OAuthWorld.Verifier));
        Assert.IsType<TokenResult.Issued>(await world.RefreshAsync(tokens.RefreshToken!));

        Assert.Single(_measured, "devicecode.authorizations 1 {authorization} completed");
    }

    [Fact]
    public void Operators_can_read_what_every_instrument_measures()
    {
        Assert.Equal(4, _instruments.Count);
        Assert.All(_instruments, instrument => Assert.NotEmpty(instrument.Description!));
    }

    [Fact]
    public async Task Measurements_are_tagged_by_state_or_limit_and_by_nothing_else()
    {
        var issued = await _service.IssueAsync();
        await _service.DecideAsync(UserCodeOf(issued));
        await _service.IssueAsync();
        await _service.IssueAsync(Some.From(Some.DeviceOrigin), CancellationToken.None);
        await _service.DecideAsync("BBBB-BBBB");

        Assert.Equal(
            [
                "devicecode.authorization.decision.duration: devicecode.authorization.state",
                "devicecode.authorizations: devicecode.authorization.state",
                "devicecode.requests.refused: devicecode.limit",
                "devicecode.user_codes.wrong:",
            ],
            _tagKeys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_time_to_decide_is_counted_in_buckets_from_seconds_to_the_longest_lifetime_of_a_code()
    {
        var histogram = Assert.Single(_instruments.OfType<Histogram<double>>());

        var buckets = histogram.Advice!.HistogramBucketBoundaries!;
        Assert.Equal((5, TimeSpan.FromHours(1).TotalSeconds), (buckets[0], buckets[^1]));
        Assert.Equal(buckets.Distinct().Order(), buckets);
    }

    [Fact]
    public void A_meter_is_required() => Assert.Throws<ArgumentNullException>(() => new DeviceMetrics(null!));

    private static string UserCodeOf(IssueResult.Issued issued) => issued.Authorization.UserCode.Reveal();

    private void Note<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var tag = tags.Length > 0 ? tags[0].Value : "";
        _tagKeys.Add($"{instrument.Name}: {string.Join(' ', tags.ToArray().Select(pair => pair.Key))}".TrimEnd());
        _measured.Add(string.Create(CultureInfo.InvariantCulture, $"{instrument.Name} {value} {instrument.Unit} {tag}").TrimEnd());
    }
}
