namespace DeviceCode.Client;

/// <summary>A login at the OAuth server of a DeviceCode service. All texts are cleaned of control characters.</summary>
/// <param name="Id">The id, for <see cref="LoginsClient.EndAsync"/>.</param>
/// <param name="ClientId">The id of the client that is signed in.</param>
public sealed record ActiveLogin(string Id, string ClientId)
{
    /// <summary>The client's name for users; its id when the service does not know the client any more.</summary>
    public string? ClientName { get; init; }

    /// <summary>The granted scopes, separated by spaces; null when there are none.</summary>
    public string? Scope { get; init; }

    /// <summary>The time at which the client signed in.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Where the client was when it requested the code of this login.</summary>
    public LoginOrigin CreatedFrom { get; init; } = new(Ip: null, UserAgent: null);

    /// <summary>The time of the last refresh, or of the login when there was none.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Where the client was at the last refresh.</summary>
    public LoginOrigin LastUsedFrom { get; init; } = new(Ip: null, UserAgent: null);

    /// <summary>The time at which the login ends unless it is refreshed before; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether the request was sent with an access token of this login.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>Reads an entry of the list; null when it is not one.</summary>
    internal static ActiveLogin? Read(ServerResponse response) =>
        response.Line("id") is { } id && response.Line(OAuthNames.ClientId) is { } clientId
            ? new ActiveLogin(id, clientId)
            {
                ClientName = response.Line("client_name"),
                Scope = response.Line(OAuthNames.Scope, maxLength: int.MaxValue),
                CreatedAt = response.Time("created_at"),
                CreatedFrom = LoginOrigin.Read(response.Inner("created_from")),
                LastUsedAt = response.Time("last_used_at"),
                LastUsedFrom = LoginOrigin.Read(response.Inner("last_used_from")),
                ExpiresAt = response.Time("expires_at"),
                IsCurrent = response.IsTrue("current"),
            }
            : null;
}

/// <summary>Where a client was, as the service saw it.</summary>
/// <param name="Ip">The IP address; null when it is not known.</param>
/// <param name="UserAgent">The User-Agent of the client; null when it sent none.</param>
public sealed record LoginOrigin(string? Ip, string? UserAgent)
{
    internal static LoginOrigin Read(ServerResponse response) => new(response.Line("ip"), response.Line("user_agent"));
}
