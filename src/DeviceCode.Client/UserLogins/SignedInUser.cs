namespace DeviceCode.Client;

/// <summary>Who signed in. All of it is cleaned of control characters.</summary>
/// <param name="DisplayName">What the person is called.</param>
/// <param name="Email">The person's e-mail address; null where there is none.</param>
/// <param name="ApiKeysUrl">Where the person finds their API keys; null where the service does not say.</param>
public sealed record SignedInUser(string DisplayName, string? Email, Uri? ApiKeysUrl);
