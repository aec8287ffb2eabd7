namespace DeviceCode.Core;

using System.Diagnostics.Metrics;

/// <summary>Counts logins, wrong codes and refused requests for operators. No measurement identifies a person or a login.</summary>
public sealed class DeviceMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "DeviceCode";

    private const string State = "devicecode.authorization.state";

    private readonly Counter<long> _authorizations;
    private readonly Histogram<double> _timeToDecide;
    private readonly Counter<long> _wrongUserCodes;
    private readonly Counter<long> _refusals;

    /// <summary>Creates the instruments on <paramref name="meter"/>.</summary>
    public DeviceMetrics(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        _authorizations = meter.CreateCounter<long>(
            "devicecode.authorizations",
            "{authorization}",
            "Device authorizations that entered a state: issued, approved, denied, completed, or expired (when a poll finds it so).");
        _timeToDecide = meter.CreateHistogram(
            "devicecode.authorization.decision.duration",
            "s",
            "Time from issuing the codes to the decision.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600],
            });
        _wrongUserCodes = meter.CreateCounter<long>(
            "devicecode.user_codes.wrong", "{user_code}", "Wrong user codes that counted as guesses.");
        _refusals = meter.CreateCounter<long>(
            "devicecode.requests.refused", "{request}", "Requests refused by a limit: codes per network, or wrong user codes.");
    }

    internal void Issued() => Count("issued");

    internal void Decided(bool approved, TimeSpan timeToDecide)
    {
        var state = approved ? "approved" : "denied";
        Count(state);
        _timeToDecide.Record(timeToDecide.TotalSeconds, KeyValuePair.Create<string, object?>(State, state));
    }

    internal void Completed() => Count("completed");

    internal void Expired() => Count("expired");

    internal void WrongUserCode() => _wrongUserCodes.Add(1);

    internal void TooManyCodes() => Refused("codes");

    internal void TooManyGuesses() => Refused("wrong_user_codes");

    private void Count(string state) => _authorizations.Add(1, KeyValuePair.Create<string, object?>(State, state));

    private void Refused(string limit) => _refusals.Add(1, KeyValuePair.Create<string, object?>("devicecode.limit", limit));
}
