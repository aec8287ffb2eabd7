namespace DeviceCode.Cli.Targets;

using System.Net;
using DeviceCode.Cli.Running;
using DeviceCode.Client;

/// <summary>Parses and checks URLs.</summary>
internal static class WebAddresses
{
    /// <summary>Parses a URL as people type it, with or without https://; null when it is not valid.</summary>
    /// <param name="text">The text.</param>
    /// <param name="allowsQuery">Whether the URL may have a query.</param>
    /// <exception cref="CommandException">It is an http URL of another machine.</exception>
    public static Uri? Parse(string text, bool allowsQuery = false)
    {
        var hasScheme = text.Contains("://", StringComparison.Ordinal);
        if (!hasScheme && !text.Contains('.', StringComparison.Ordinal) && !text.StartsWith("localhost", StringComparison.Ordinal))
        {
            return null;
        }

        if (!Uri.TryCreate(hasScheme ? text : $"https://{text}", UriKind.Absolute, out var address)
            || address.Scheme is not ("https" or "http")
            || address.UserInfo.Length > 0
            || (address.Query.Length > 0 && !allowsQuery)
            || address.Fragment.Length > 0)
        {
            return null;
        }

        if (address.Scheme == "https")
        {
            return hasScheme || !IsThisMachine(address) ? address : new Uri($"http://{text}");
        }

        return IsThisMachine(address) ? address : throw new CommandException(
            ExitCode.Usage, $"{text} does not use https.", $"Use https://{address.Authority}; http is allowed for this machine only.");
    }

    /// <summary>Returns whether a URL is absolute and https or http. Opening one with another scheme could start any program.</summary>
    public static bool IsWeb(this Uri address) => address is { IsAbsoluteUri: true, Scheme: "https" or "http" };

    /// <summary>Returns whether every URL of a provider is absolute and https or http.</summary>
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

    private static bool IsThisMachine(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.IdnHost, out var ip) && IPAddress.IsLoopback(ip));
}
