namespace DeviceCode.Client;

/// <summary>
/// The signed-in user as a provider describes them (OpenID Connect Core §5.3.2, or GitHub's user object). All values are cleaned of control
/// characters.
/// </summary>
/// <param name="Subject">The user's id at the provider: <c>sub</c>, or <c>id</c>.</param>
public sealed record UserInfo(string Subject)
{
    /// <summary>The full name.</summary>
    public string? Name { get; init; }

    /// <summary>The user name: <c>preferred_username</c>, or <c>login</c>.</summary>
    public string? Username { get; init; }

    /// <summary>The e-mail address.</summary>
    public string? Email { get; init; }

    /// <summary>Reads the response of a userinfo endpoint; null when it identifies no user.</summary>
    internal static UserInfo? Read(ServerResponse response) =>
        response.IsSuccess && (response.Line(OAuthNames.Subject) ?? response.Number(OAuthNames.GitHubId)) is { } subject
            ? new UserInfo(subject)
            {
                Name = response.Line(OAuthNames.Name),
                Username = response.Line(OAuthNames.PreferredUsername) ?? response.Line(OAuthNames.GitHubLogin),
                Email = response.Line(OAuthNames.Email),
            }
            : null;
}
