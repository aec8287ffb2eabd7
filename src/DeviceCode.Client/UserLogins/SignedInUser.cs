namespace DeviceCode.Client;

/// <summary>The user who signed in. All values are cleaned of control characters.</summary>
/// <param name="DisplayName">The display name.</param>
/// <param name="Email">The e-mail address; null when there is none.</param>
/// <param name="ApiKeysUrl">The page with the user's API keys; null when the service has none.</param>
public sealed record SignedInUser(string DisplayName, string? Email, Uri? ApiKeysUrl)
{
    /// <summary>Reads the response of a completed login; null when it is another response.</summary>
    internal static SignedInUser? Read(ServerResponse response) =>
        response.Text("status") == "complete" && response.Inner("user") is var user && user.Line("display_name") is { } displayName
            ? new SignedInUser(displayName, user.Line(OAuthNames.Email), response.Url("api_keys_url"))
            : null;
}
