namespace DeviceCode.Client;

/// <summary>A credential in a list. It contains no token, and all values are cleaned of control characters.</summary>
/// <param name="Name">The name.</param>
/// <param name="Provider">The id of the provider.</param>
/// <param name="Status">The status.</param>
public sealed record Credential(string Name, string Provider, CredentialStatus Status)
{
    /// <summary>The account that signed in; null when it is unknown, or before a user has signed in.</summary>
    public string? Account { get; init; }

    /// <summary>The granted scopes, separated by spaces; null when they are not known.</summary>
    public string? Scope { get; init; }

    /// <summary>Why the credential has ended, such as <c>access_denied</c> or <c>invalid_grant</c>; null when it has not.</summary>
    public string? Error { get; init; }

    /// <summary>The time at which it was made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The time of the last refresh; null before the first one.</summary>
    public DateTimeOffset? RefreshedAt { get; init; }

    /// <summary>The time at which the access token expires; null when it does not, or the expiry is unknown.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Reads an entry of the list; null when it is not one.</summary>
    internal static Credential? Read(ServerResponse response) =>
        response.Line("name") is { } name
        && response.Line("provider") is { } provider
        && StatusOf(response.Text("status")) is { } status
            ? new Credential(name, provider, status)
            {
                Account = response.Line("account"),
                Scope = response.Line(OAuthNames.Scope, maxLength: int.MaxValue),
                Error = response.Line(OAuthNames.Error),
                CreatedAt = response.Time("created_at"),
                RefreshedAt = response.Time("refreshed_at"),
                ExpiresAt = response.Time("expires_at"),
            }
            : null;

    private static CredentialStatus? StatusOf(string? text) => text switch
    {
        "pending" => CredentialStatus.Pending,
        "ready" => CredentialStatus.Ready,
        "ended" => CredentialStatus.Ended,
        _ => null,
    };
}

/// <summary>The statuses of a credential.</summary>
public enum CredentialStatus
{
    /// <summary>The user has not decided yet.</summary>
    Pending,

    /// <summary>The credential has tokens.</summary>
    Ready,

    /// <summary>
    /// The user denied the request, the code expired, or the provider ended the login. The credential must be made again.
    /// </summary>
    Ended,
}

/// <summary>A provider of the broker, as its operator configured it.</summary>
/// <param name="Id">The id, for <see cref="CredentialOptions.Provider"/>.</param>
/// <param name="Name">The name shown to users.</param>
/// <param name="Grants">The grant types that the caller can use.</param>
/// <param name="Scopes">The scopes that the caller can request.</param>
public sealed record CredentialProvider(string Id, string Name, IReadOnlyList<string> Grants, IReadOnlyList<string> Scopes)
{
    /// <summary>Reads an entry of the list; null when it is not one.</summary>
    internal static CredentialProvider? Read(ServerResponse response) => response.Line("id") is { } id
        ? new CredentialProvider(id, response.Line("name") ?? id, response.Words("grants"), response.Words("scopes"))
        : null;
}

/// <summary>The outcome of deleting a credential.</summary>
/// <param name="IsRevoked">
/// Whether its tokens were revoked at the provider. If not, they are valid until they expire; where the provider can revoke tokens, the
/// service tries for another day.
/// </param>
/// <param name="ApprovalsPage">The page where the user can revoke the approval; null when there is none.</param>
public sealed record DeletedCredential(bool IsRevoked, Uri? ApprovalsPage);
