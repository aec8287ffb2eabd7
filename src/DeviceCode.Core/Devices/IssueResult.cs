namespace DeviceCode.Core.Devices;

using global::DeviceCode.Core.Limits;

/// <summary>What came of asking for codes.</summary>
public abstract record IssueResult
{
    private IssueResult()
    {
    }

    /// <summary>The codes (RFC 8628 §3.2).</summary>
    /// <param name="Authorization">The authorization that was stored.</param>
    /// <param name="DeviceCode">For the device alone, and only now: it is not stored.</param>
    public sealed record Issued(DeviceAuthorization Authorization, DeviceCode DeviceCode) : IssueResult;

    /// <summary>This network has asked for too many codes.</summary>
    public sealed record TooMany(Refusal Refusal) : IssueResult;
}
