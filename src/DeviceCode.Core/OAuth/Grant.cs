namespace DeviceCode.Core.OAuth;

/// <summary>
/// What a person granted a client, with everything about the tokens it has led to, a family that lives and dies together: one row in storage.
/// </summary>
/// <remarks>
/// No token is in it, nor anything from which one could be made: tokens are derived from the code or token that was presented and
/// a salt that is here (<see cref="TokenDerivation"/>), and only their hashes are kept.
/// </remarks>
public sealed record Grant
{
    /// <summary>How many access tokens of a family are active at most; the oldest gives way.</summary>
    public const int MaxAccessTokens = 10;

    /// <summary>Names the grant; it is part of its tokens and no secret.</summary>
    public required Guid Id { get; init; }

    /// <summary>Tells the write that made the grant from another, so that a repeated one can be recognised as the same.</summary>
    public required Guid MintId { get; init; }

    /// <summary>The client it was granted to.</summary>
    public required string ClientId { get; init; }

    /// <summary>Who granted it.</summary>
    public required User User { get; init; }

    /// <summary>What was granted, separated by spaces; a refresh token stands for all of it.</summary>
    public required string Scope { get; init; }

    /// <summary>The key by which the family recognises its own spent refresh tokens. It can do nothing else.</summary>
    public required string TagKey { get; init; }

    /// <summary>The active access tokens, oldest first.</summary>
    public required IReadOnlyList<AccessTokenEntry> AccessTokens { get; init; }

    /// <summary>The hash of the current refresh token; null when there is none.</summary>
    public string? RefreshTokenHash { get; init; }

    /// <summary>When the current refresh token expires, in UTC.</summary>
    public DateTimeOffset? RefreshTokenExpiresAt { get; init; }

    /// <summary>The hash of the refresh token that was exchanged last; null before the first time.</summary>
    public string? SpentHash { get; init; }

    /// <summary>When that was, in UTC.</summary>
    public DateTimeOffset? SpentAt { get; init; }

    /// <summary>The salt with which that one's successors were derived from it.</summary>
    public string? SpentSalt { get; init; }

    /// <summary>When it was revoked, in UTC; null as long as it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>When it may be deleted, in UTC; null for never.</summary>
    public DateTimeOffset? PurgeAfter { get; init; }

    /// <summary>The store's own mark of the version that was read; null before it was stored.</summary>
    public string? Version { get; init; }

    /// <summary>The entry of an access token, if it is active.</summary>
    public AccessTokenEntry? FindActive(Token token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(token);
        var hash = token.Hash();
        return token.Kind != TokenKind.Access || RevokedAt is not null
            ? null
            : AccessTokens.Where(entry => IsSame(entry.Hash, hash)).FirstOrDefault(entry => entry.ExpiresAt is null || now < entry.ExpiresAt);
    }

    /// <summary>Whether this is the current refresh token, expired or not.</summary>
    public bool IsCurrent(Token token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.Kind == TokenKind.Refresh && RevokedAt is null && IsSame(RefreshTokenHash, token.Hash());
    }

    /// <summary>Whether this is the refresh token that was exchanged last.</summary>
    public bool IsLastSpent(Token token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.Kind == TokenKind.Refresh && RevokedAt is null && IsSame(SpentHash, token.Hash());
    }

    /// <summary>The grant without any of its tokens.</summary>
    public Grant Revoke(DateTimeOffset now, TimeSpan retention) => this with
    {
        AccessTokens = [],
        RefreshTokenHash = null,
        RefreshTokenExpiresAt = null,
        SpentHash = null,
        SpentAt = null,
        SpentSalt = null,
        RevokedAt = now,
        PurgeAfter = now + retention,
    };

    /// <summary>Its name, and nothing else.</summary>
    public override string ToString() => $"Grant({Id})";

    private static bool IsSame(string? hash, string other) => hash is not null && ConstantTime.AreEqual(hash, other);
}

/// <summary>What is kept of an access token.</summary>
/// <param name="Hash"><see cref="Token.Hash"/>.</param>
/// <param name="Scope">What it is good for, separated by spaces.</param>
/// <param name="IssuedAt">When it was issued, in UTC.</param>
/// <param name="ExpiresAt">When it expires, in UTC; null for never.</param>
public sealed record AccessTokenEntry(string Hash, string Scope, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt);
