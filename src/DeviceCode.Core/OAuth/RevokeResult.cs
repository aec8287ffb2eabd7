namespace DeviceCode.Core.OAuth;

/// <summary>The result of a revocation (RFC 7009 §2.1).</summary>
public abstract record RevokeResult
{
    private RevokeResult()
    {
    }

    /// <summary>The token is revoked.</summary>
    /// <param name="GrantId">The grant of the token.</param>
    /// <param name="EndsGrant">Whether all other tokens of the grant are revoked, too.</param>
    public sealed record Revoked(Guid GrantId, bool EndsGrant) : RevokeResult;

    /// <summary>The token was not active, or not issued here. The client gets the response of a revocation (RFC 7009 §2.2).</summary>
    public sealed record NothingToRevoke : RevokeResult;

    /// <summary>The token was issued to another client, and is not revoked.</summary>
    public sealed record AnotherClients : RevokeResult;
}
