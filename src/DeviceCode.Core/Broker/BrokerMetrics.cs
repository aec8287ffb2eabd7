namespace DeviceCode.Core.Broker;

using System.Diagnostics.Metrics;

/// <summary>Counts credentials and requests to providers for operators. No measurement identifies a person.</summary>
public sealed class BrokerMetrics
{
    private readonly Counter<long> _credentials;
    private readonly Histogram<double> _requests;

    /// <summary>Creates the instruments on <paramref name="meter"/>.</summary>
    public BrokerMetrics(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        _credentials = meter.CreateCounter<long>(
            "devicecode.credentials",
            "{credential}",
            "Credentials that entered a state: made, ready, refreshed, refused, ended or deleted.");
        _requests = meter.CreateHistogram(
            "devicecode.credential.upstream.duration",
            "s",
            "Time until a provider has responded.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20] });
    }

    /// <summary>A credential has entered a state.</summary>
    public void Entered(string state, string providerId) => _credentials.Add(
        1, KeyValuePair.Create<string, object?>("devicecode.credential.state", state), Provider(providerId));

    /// <summary>A provider has responded, or not.</summary>
    /// <param name="providerId">The provider.</param>
    /// <param name="outcome"><c>completed</c>, <c>pending</c>, <c>failed</c> or <c>unavailable</c>.</param>
    /// <param name="duration">The time that it took.</param>
    public void Requested(string providerId, string outcome, TimeSpan duration) => _requests.Record(
        duration.TotalSeconds, Provider(providerId), KeyValuePair.Create<string, object?>("devicecode.credential.outcome", outcome));

    private static KeyValuePair<string, object?> Provider(string id) =>
        KeyValuePair.Create<string, object?>("devicecode.credential.provider", id);
}
