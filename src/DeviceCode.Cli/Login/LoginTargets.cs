namespace DeviceCode.Cli.Login;

using System.Net;
using DeviceCode.Cli.Failures;
using DeviceCode.Client;

/// <summary>Finds out what somebody wants to sign in to.</summary>
/// <param name="configured">The providers of the configuration file.</param>
internal sealed class LoginTargets(IReadOnlyDictionary<string, Provider> configured)
{
    /// <summary>
    /// What a text names: a provider of the configuration file, a well-known one, or an address. At an address, a client id decides: a client gets
    /// tokens; without one, the service tells who signed in.
    /// </summary>
    /// <exception cref="CommandException">It names nothing.</exception>
    public LoginTarget Find(string text, string? clientId)
    {
        if (configured.TryGetValue(text, out var custom))
        {
            return new LoginTarget { Provider = custom, ClientId = clientId };
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        if (NamedProvider.All.FirstOrDefault(provider => provider.Name == name) is { } known)
        {
            try
            {
                return new LoginTarget { Provider = known.Create(colon < 0 ? null : text[(colon + 1)..]), ClientId = clientId };
            }
            catch (UriFormatException)
            {
                throw new CommandException(ExitCode.Usage, $"{text} has no host name in it.", $"Write it like {known.Usage}.");
            }
        }

        if (Address(text) is not { } address)
        {
            throw new CommandException(
                ExitCode.Usage, $"There is no provider {text}, and it is no address.", "Give an address like https://login.example.com, or a name that devicecode providers lists.");
        }

        return clientId is null ? new LoginTarget { Service = address } : new LoginTarget { Provider = Providers.Discover(address), ClientId = clientId };
    }

    /// <summary>An address as people type it, with or without https://; null when it is none. Plain http is for this machine only.</summary>
    /// <param name="text">The text.</param>
    /// <param name="allowsQuery">Whether it can have a query.</param>
    /// <exception cref="CommandException">It is an http address of another machine.</exception>
    public static Uri? Address(string text, bool allowsQuery = false)
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
            ExitCode.Usage, $"{text} is not encrypted.", $"Use https://{address.Authority}; http is for this machine only.");
    }

    private static bool IsThisMachine(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.IdnHost, out var ip) && IPAddress.IsLoopback(ip));
}
