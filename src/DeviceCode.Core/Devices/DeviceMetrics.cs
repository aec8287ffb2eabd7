namespace DeviceCode.Core.Devices;

using System.Diagnostics.Metrics;

/// <summary>What an operator sees of the logins: the instruments of a meter. None tells whose login it was.</summary>
public sealed class DeviceMetrics
{
    /// <summary>The name of the meter that the service gives it.</summary>
    public const string MeterName = "DeviceCode";

    private const string State = "devicecode.authorization.state";

    private readonly Counter<long> _authorizations;
    private readonly Histogram<double> _timeToDecide;
    private readonly Counter<long> _wrongUserCodes;
    private readonly Counter<long> _refusals;

    /// <summary>Instruments of this meter.</summary>
    public DeviceMetrics(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        _authorizations = meter.CreateCounter<long>(
            "devicecode.authorizations", "{authorization}", "Device authorizations that came into a state: issued, approved, denied, completed, or expired as a device was told.");
        _timeToDecide = meter.CreateHistogram(
            "devicecode.authorization.decision.duration",
            "s",
            "From issuing the codes to the person's decision.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600] });
        _wrongUserCodes = meter.CreateCounter<long>("devicecode.user_codes.wrong", "{user_code}", "User codes entered that led nowhere, and were counted.");
        _refusals = meter.CreateCounter<long>("devicecode.requests.refused", "{request}", "Requests refused because of a limit: on codes per network, or on wrong user codes.");
    }

    internal void Issued() => Count("issued");

    internal void Decided(DeviceAuthorization authorization, Decision decision)
    {
        var state = decision.Approved ? "approved" : "denied";
        Count(state);
        _timeToDecide.Record((decision.At - authorization.RequestedAt).TotalSeconds, KeyValuePair.Create<string, object?>(State, state));
    }

    internal void Completed() => Count("completed");

    internal void Expired() => Count("expired");

    internal void WrongUserCode() => _wrongUserCodes.Add(1);

    internal void TooManyCodes() => Refused("codes");

    internal void TooManyGuesses() => Refused("wrong_user_codes");

    private void Count(string state) => _authorizations.Add(1, KeyValuePair.Create<string, object?>(State, state));

    private void Refused(string limit) => _refusals.Add(1, KeyValuePair.Create<string, object?>("devicecode.limit", limit));
}
