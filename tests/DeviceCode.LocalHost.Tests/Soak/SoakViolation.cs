namespace DeviceCode.LocalHost.Tests.Soak;

/// <summary>Something that the service must never do.</summary>
/// <param name="kind">A few words, by which violations are counted.</param>
/// <param name="message">What happened.</param>
internal sealed class SoakViolation(string kind, string message) : Exception($"{kind}: {message}")
{
    public string Kind => kind;
}
