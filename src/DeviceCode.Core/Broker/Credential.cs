namespace DeviceCode.Core.Broker;

/// <summary>The states of a credential.</summary>
public enum CredentialStatus
{
    /// <summary>The user has not signed in at the provider yet.</summary>
    Pending,

    /// <summary>There are tokens.</summary>
    Ready,

    /// <summary>The login failed, or the provider has ended it. Only another login helps.</summary>
    Ended,
}

/// <summary>
/// A credential at a provider: one row in storage. All states and transitions are in this file; a transition returns the changed row, which
/// the caller writes.
/// </summary>
/// <remarks>
/// <code>
///            ┌── tokens ───────────────────────► Ready ──┐ refresh: generation + 1
/// Pending ───┤                                     │ ▲───┘
///            └── denied, expired, another account  └── rejected, or the answer to a refresh lost
///                             │                                          │
///                             └────────────────► Ended ◄─────────────────┘
/// </code>
/// <para>
/// Another login replaces the row in any state; its <see cref="Flow"/> differs, so that a write for the old login fails. Every write
/// replaces the version that was read. An operation that must happen only once inserts a <see cref="CredentialMark"/> first.
/// </para>
/// <para>
/// The fields that the machinery needs are in plain text. Everything about the user and the login is sealed (<see
/// cref="CredentialSealer"/>):
/// <see cref="SealedLogin"/> can be opened by the service, <see cref="SealedTokens"/> of a session only with the session.
/// </para>
/// </remarks>
public record Credential
{
    /// <summary>How long a credential is kept without any read.</summary>
    public static readonly TimeSpan UnreadRetention = TimeSpan.FromDays(400);

    /// <summary>How much longer it is kept, so that only one read in this time has to extend it.</summary>
    internal static readonly TimeSpan UnreadSlack = TimeSpan.FromDays(30);

    /// <summary>How long an ended credential is kept, so that readers get the reason.</summary>
    internal static readonly TimeSpan Retention = TimeSpan.FromDays(7);

    // After a fault of the provider during a refresh, doubled for each one in a row.
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(5), LongestBackOff = TimeSpan.FromMinutes(1);

    // Between two attempts at asking the provider who signed in, and for all of them.
    private static readonly TimeSpan AccountWait = TimeSpan.FromSeconds(30), AccountPatience = TimeSpan.FromHours(1);

    // A token this young is the freshest that the provider issues.
    private static readonly TimeSpan YoungAge = TimeSpan.FromSeconds(30);
    private const double YoungPart = 0.1;

    /// <summary>The hash of the owner (<see cref="CredentialOwner.Key"/>).</summary>
    public required string OwnerKey { get; init; }

    /// <summary>The hash of the name, which differs by owner.</summary>
    public required string NameKey { get; init; }

    /// <summary>Identifies the login: every PUT has another one.</summary>
    public required Guid Flow { get; init; }

    /// <summary>The provider's id in the configuration.</summary>
    public required string ProviderId { get; init; }

    /// <summary>The state.</summary>
    public required CredentialStatus Status { get; init; }

    /// <summary>The time of the PUT, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The time from which the row may be deleted, in UTC.</summary>
    public required DateTimeOffset PurgeAfter { get; init; }

    /// <summary>Pending: the time at which the login expires, in UTC.</summary>
    public DateTimeOffset? LoginExpiresAt { get; init; }

    /// <summary>Pending: the time of the next poll, in UTC; null for a login in a browser, which is not polled.</summary>
    public DateTimeOffset? NextPollAt { get; init; }

    /// <summary>Pending: the time of the next alarm, in UTC; null for a login in a browser.</summary>
    public DateTimeOffset? AlarmAt { get; init; }

    /// <summary>Pending: whether a reader took the last poll, and not an alarm.</summary>
    public bool IsRead { get; init; }

    /// <summary>Pending: the pace of the polls; null for a login in a browser.</summary>
    public UpstreamPace? Pace { get; init; }

    /// <summary>Counts the refreshes.</summary>
    public int Generation { get; init; }

    /// <summary>Ready: the time at which the provider issued the access token, in UTC.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>Ready: the time at which the access token expires, in UTC; null when it is unknown, or never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Ready: whether there is a refresh token.</summary>
    public bool IsRefreshable { get; init; }

    /// <summary>Ready: the time of the last refresh, in UTC; null before the first one.</summary>
    public DateTimeOffset? RefreshedAt { get; init; }

    /// <summary>Ready: no refresh before this time, in UTC, because the last one failed; null when it did not.</summary>
    public DateTimeOffset? RefreshNotBefore { get; init; }

    /// <summary>Ready: how many refreshes of this generation have failed.</summary>
    public int RefreshFailures { get; init; }

    /// <summary>Ready: whether the provider may have answered a refresh of this generation, and the answer was lost.</summary>
    public bool MayHaveLostAnswer { get; init; }

    /// <summary>Ended: the error code of the HTTP contract.</summary>
    public string? Error { get; init; }

    /// <summary>The sealed <see cref="CredentialLogin"/>.</summary>
    public required byte[] SealedLogin { get; init; }

    /// <summary>The sealed <see cref="CredentialTokens"/>; null while there are none.</summary>
    public byte[]? SealedTokens { get; init; }

    /// <summary>For a session: the public key to which its tokens are sealed; null for a user.</summary>
    public byte[]? SessionPublicKey { get; init; }

    /// <summary>For a session: the private key, which opens only with the session; null for a user.</summary>
    public byte[]? SealedSessionKey { get; init; }

    /// <summary>The store's mark of the version that was read; null before the row is stored.</summary>
    public string? Version { get; init; }

    /// <summary>Whether the tokens are received, and only the check of the account is missing.</summary>
    public bool AwaitsAccount => Status == CredentialStatus.Pending && SealedTokens is not null;

    /// <summary>Whether a login in a browser has expired. Nothing polls it, so nothing ends it in storage.</summary>
    public bool HasLoginExpiredAt(DateTimeOffset now) =>
        Status == CredentialStatus.Pending && Pace is null && !AwaitsAccount && LoginExpiresAt <= now;

    /// <summary>Whether the provider has not named the account for so long that the login is given up.</summary>
    internal bool HasAccountTimeExpiredAt(DateTimeOffset now) => LoginExpiresAt + AccountPatience <= now;

    /// <summary>Whether it is time to poll.</summary>
    public bool IsDueAt(DateTimeOffset now) => Status == CredentialStatus.Pending && NextPollAt <= now;

    /// <summary>Whether the access token has expired.</summary>
    public bool HasExpiredAt(DateTimeOffset now) => ExpiresAt <= now;

    /// <summary>
    /// Whether the access token is valid for at least this long, or is as fresh as the provider issues them.
    /// </summary>
    public bool IsFreshFor(TimeSpan minimum, DateTimeOffset now)
    {
        if (ExpiresAt is not { } end || end - now >= minimum)
        {
            return true;
        }

        var young = (end - IssuedAt!.Value) * YoungPart is var part && part > YoungAge ? part : YoungAge;
        return end > now && now < IssuedAt + young;
    }

    /// <summary>The keys and the state. Hides the rest.</summary>
    public override string ToString() => $"Credential({NameKey}, {Status})";

    /// <summary>Pending → Pending: reserves a poll, so that no other instance polls before the next one is due.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="alarmAt">The time of the next alarm; null when an alarm does not cause the poll.</param>
    internal Credential ReservePoll(DateTimeOffset now, DateTimeOffset? alarmAt) =>
        this with
        {
            NextPollAt = AwaitsAccount ? now + AccountWait : PollAfter(Pace!.Wait, now),
            AlarmAt = alarmAt ?? AlarmAt,
            IsRead = alarmAt is null,
        };

    /// <summary>Pending → Pending: an alarm came while a reader polls.</summary>
    internal Credential PostponeAlarm(DateTimeOffset alarmAt) => this with { AlarmAt = alarmAt };

    /// <summary>Ready → Ready: kept for longer, because it is read.</summary>
    internal Credential Keep(CredentialTokens tokens, DateTimeOffset now) => this with { PurgeAfter = PurgeTimeOf(tokens, now) };

    /// <summary>Pending → Pending: the provider asks for another pace.</summary>
    internal Credential ChangePace(UpstreamPace pace, DateTimeOffset now) =>
        this with { Pace = pace, NextPollAt = PollAfter(pace.Wait, now) };

    /// <summary>Pending → Pending: the user leaves for the provider's page, or has another look at it.</summary>
    internal Credential LeaveForProvider(byte[] sealedLogin) => this with { SealedLogin = sealedLogin };

    /// <summary>Pending → Pending: the tokens are received, and the account could not be checked yet.</summary>
    /// <remarks>Only its requests can open the tokens of a session, so no alarm can check them.</remarks>
    internal Credential AwaitAccount(CredentialTokens tokens, byte[] sealedTokens, DateTimeOffset now) =>
        WithTokens(tokens, sealedTokens, now) with
        {
            Status = CredentialStatus.Pending,
            PurgeAfter = PurgeAfter,
            NextPollAt = now + AccountWait,
            AlarmAt = SealedSessionKey is null ? AlarmAt : null,
        };

    /// <summary>Pending → Ready.</summary>
    internal Credential Bind(CredentialTokens tokens, byte[] sealedTokens, DateTimeOffset now) => WithTokens(tokens, sealedTokens, now) with
    {
        LoginExpiresAt = null,
        NextPollAt = null,
        AlarmAt = null,
        Pace = null,
    };

    /// <summary>Ready → Ready, in the next generation; also from Ended, when the answer was not lost after all.</summary>
    /// <param name="tokens">The new tokens.</param>
    /// <param name="sealedTokens">The same, sealed for the next generation.</param>
    /// <param name="renewed">The row with its other boxes sealed by the current key.</param>
    /// <param name="now">The current time.</param>
    internal Credential Refresh(CredentialTokens tokens, byte[] sealedTokens, Credential renewed, DateTimeOffset now) =>
        WithTokens(tokens, sealedTokens, now) with
        {
            Generation = Generation + 1,
            RefreshedAt = now,
            SealedLogin = renewed.SealedLogin,
            SealedSessionKey = renewed.SealedSessionKey,
        };

    /// <summary>Ready → Ready: a refresh failed, and the next one must wait.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="retryAfter">The wait that the provider asks for; null for none.</param>
    /// <param name="mayHaveLostAnswer">Whether the provider may have answered.</param>
    internal Credential DelayRefresh(DateTimeOffset now, TimeSpan? retryAfter, bool mayHaveLostAnswer)
    {
        var doubled = FirstBackOff * Math.Pow(2, Math.Min(RefreshFailures, 10));
        var backOff = doubled < LongestBackOff ? doubled : LongestBackOff;
        return this with
        {
            RefreshNotBefore = now + (retryAfter > backOff ? retryAfter.Value : backOff),
            RefreshFailures = RefreshFailures + 1,
            MayHaveLostAnswer = MayHaveLostAnswer || mayHaveLostAnswer,
        };
    }

    /// <summary>Any state → Ended. The tokens are deleted.</summary>
    internal Credential End(string error, DateTimeOffset now) => this with
    {
        Status = CredentialStatus.Ended,
        Error = error,
        PurgeAfter = now + Retention,
        LoginExpiresAt = null,
        NextPollAt = null,
        AlarmAt = null,
        Pace = null,
        SealedTokens = null,
        IsRefreshable = false,
    };

    // Polls once more after the code has expired, at most an interval later: the user may have approved in the last seconds.
    private DateTimeOffset PollAfter(TimeSpan wait, DateTimeOffset now)
    {
        var last = LoginExpiresAt!.Value + Pace!.Interval;
        return now + wait < last || now >= LoginExpiresAt ? now + wait : last;
    }

    private Credential WithTokens(CredentialTokens tokens, byte[] sealedTokens, DateTimeOffset now) => this with
    {
        Status = CredentialStatus.Ready,
        Error = null,
        SealedTokens = sealedTokens,
        IssuedAt = now,
        ExpiresAt = tokens.ExpiresAt,
        IsRefreshable = tokens.RefreshToken is not null,
        RefreshNotBefore = null,
        RefreshFailures = 0,
        MayHaveLostAnswer = false,
        PurgeAfter = PurgeTimeOf(tokens, now),
    };

    private static DateTimeOffset PurgeTimeOf(CredentialTokens tokens, DateTimeOffset now)
    {
        var unread = now + UnreadRetention + UnreadSlack;
        return (tokens.RefreshToken is null ? tokens.ExpiresAt : tokens.RefreshTokenExpiresAt) is { } end && end + Retention < unread
            ? end + Retention
            : unread;
    }
}

/// <summary>A row that is inserted once, beside the credential that it belongs to: the lease of a refresh, or a used state.</summary>
/// <param name="OwnerKey">The hash of the owner.</param>
/// <param name="Key">The key of the row: that of the credential, then what must happen once.</param>
/// <param name="Until">The end of a lease, in UTC; for other marks, the time of the insert.</param>
/// <param name="Id">Distinguishes this insert, so that a repeated one is recognised.</param>
public sealed record CredentialMark(string OwnerKey, string Key, DateTimeOffset Until, Guid Id)
{
    /// <summary>The time from which the row may be deleted.</summary>
    public DateTimeOffset PurgeAfter => Until + TimeSpan.FromDays(1);

    /// <summary>The lease of one attempt at refreshing a generation.</summary>
    internal static CredentialMark Lease(Credential credential, int attempt, DateTimeOffset until) => new(
        credential.OwnerKey,
        FormattableString.Invariant($"{credential.NameKey}-{credential.Flow:N}-r{credential.Generation}-{attempt}"),
        until,
        Guid.NewGuid());

    /// <summary>The use of a value that may be used once, such as the state of a login in a browser.</summary>
    internal static CredentialMark Use(Credential credential, string value, DateTimeOffset now) =>
        new(credential.OwnerKey, $"{credential.NameKey}-u{Hashes.Of(value)}", now, Guid.NewGuid());
}
