namespace DeviceCode.Cli.Login;

using DeviceCode.Client;

/// <summary>Checks addresses that come out of JSON, where anything can be written for one.</summary>
internal static class WebAddresses
{
    /// <summary>Whether it is a whole address of the web; what else there is could start other programs than a browser.</summary>
    public static bool IsWeb(this Uri address) => address is { IsAbsoluteUri: true, Scheme: "https" or "http" };

    /// <summary>Whether every address that a provider has is one of the web.</summary>
    public static bool HasOnlyWebAddresses(this Provider provider) => new[]
    {
        provider.Issuer,
        provider.DeviceAuthorizationEndpoint,
        provider.TokenEndpoint,
        provider.RevocationEndpoint,
        provider.UserinfoEndpoint,
        provider.RegistrationPage,
        provider.ApprovalsPage,
    }.All(address => address?.IsWeb() != false);
}
