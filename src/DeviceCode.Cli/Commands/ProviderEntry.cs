namespace DeviceCode.Cli.Commands;

/// <summary>One line of <c>devicecode providers --json</c>.</summary>
/// <param name="Name">How it is written.</param>
/// <param name="Description">What it is.</param>
/// <param name="RegistrationPage">Where a developer registers a client; left out where there is no one place.</param>
internal sealed record ProviderEntry(string Name, string Description, Uri? RegistrationPage);
