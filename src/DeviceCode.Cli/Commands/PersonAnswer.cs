namespace DeviceCode.Cli.Commands;

/// <summary>What <c>devicecode whoami --json</c> prints.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Provider">What it is signed in to.</param>
/// <param name="Name">What the person is called.</param>
/// <param name="Email">The person's e-mail address; left out where nobody tells.</param>
/// <param name="Subject">The person's id with the provider; left out where only the login is known.</param>
/// <param name="Username">What the person is called there; left out where nobody tells.</param>
internal sealed record PersonAnswer(string Profile, string Provider, string Name, string? Email, string? Subject = null, string? Username = null);
