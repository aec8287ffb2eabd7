namespace DeviceCode.Core.OAuth;

/// <summary>What came of asking for a revocation (RFC 7009 §2.1).</summary>
public abstract record RevokeResult
{
    private RevokeResult()
    {
    }

    /// <summary>The token is not active any more.</summary>
    /// <param name="GrantId">The grant it belongs to.</param>
    /// <param name="EndsGrant">Whether all other tokens of the grant ended with it.</param>
    public sealed record Revoked(Guid GrantId, bool EndsGrant) : RevokeResult;

    /// <summary>The token was not active, or not one of ours: there was nothing to do (RFC 7009 §2.2).</summary>
    public sealed record NothingToRevoke : RevokeResult;

    /// <summary>The token was issued to another client, and stays what it was.</summary>
    public sealed record AnotherClients : RevokeResult;
}
