namespace DeviceCode.Client;

/// <summary>Who signed in. All of it is cleaned of control characters.</summary>
/// <param name="DisplayName">What the person is called.</param>
/// <param name="Email">The person's e-mail address; null where there is none.</param>
/// <param name="ApiKeysUrl">Where the person finds their API keys; null where the service does not say.</param>
public sealed record SignedInUser(string DisplayName, string? Email, Uri? ApiKeysUrl)
{
    /// <summary>Reads a completed login; null when it is none.</summary>
    internal static SignedInUser? Read(Answer answer) =>
        answer.Text("status") == "complete" && answer.Inner("user") is var user && user.Line("display_name") is { } displayName
            ? new SignedInUser(displayName, user.Line("email"), answer.Web("api_keys_url"))
            : null;
}
