namespace DeviceCode.Client;

/// <summary>Who signed in (OpenID Connect Core §5.3.2); GitHub's answer is brought into the same terms. All of it is cleaned of control characters.</summary>
/// <param name="Subject">The person's id with the provider: <c>sub</c>, or <c>id</c>.</param>
public sealed record UserInfo(string Subject)
{
    /// <summary>The person's full name.</summary>
    public string? Name { get; init; }

    /// <summary>What the person is called there: <c>preferred_username</c>, or <c>login</c>.</summary>
    public string? Username { get; init; }

    /// <summary>The person's e-mail address.</summary>
    public string? Email { get; init; }

    /// <summary>Reads the answer of a userinfo endpoint; null when it names nobody.</summary>
    internal static UserInfo? Read(Answer answer) => answer.IsSuccess && (answer.Line("sub") ?? answer.Number("id")) is { } subject
        ? new UserInfo(subject)
        {
            Name = answer.Line("name"),
            Username = answer.Line("preferred_username") ?? answer.Line("login"),
            Email = answer.Line("email"),
        }
        : null;
}
