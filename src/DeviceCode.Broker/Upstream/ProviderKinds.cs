namespace DeviceCode.Broker.Upstream;

using DeviceCode.Client;
using DeviceCode.Core.Broker;

/// <summary>Translates the settings of a provider into the endpoints of the client library.</summary>
public static class ProviderKinds
{
    private const string DeviceCode = "devicecode", Discover = "discover", Custom = "custom";

    /// <summary>The values of <see cref="BrokerProvider.Kind"/>.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. NamedProvider.All.Select(provider => provider.Name), DeviceCode, Discover, Custom];

    /// <summary>Checks the settings that name endpoints.</summary>
    /// <param name="options">The settings.</param>
    /// <returns>One message for each invalid setting, with its name and how to fix it; none when all are valid.</returns>
    public static IEnumerable<string> Validate(BrokerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var (id, provider) in options.Providers)
        {
            if (FaultOf(provider) is var (setting, problem))
            {
                yield return $"Broker:Providers:{id}:{setting} {problem}";
            }
            else if (Create(id, provider) is { NeedsClientSecret: true } && provider.ClientSecrets.Count == 0)
            {
                yield return $"Broker:Providers:{id}:ClientSecrets is empty, and this kind of provider requires a client secret. Set "
                    + $"Broker:Providers:{id}:ClientSecrets:0.";
            }
        }
    }

    /// <summary>Returns the provider of valid settings.</summary>
    internal static Provider Create(string id, BrokerProvider settings)
    {
        var provider = settings.Kind switch
        {
            DeviceCode or Discover => Providers.Discover(new Uri(settings.At!)),
            Custom => new Provider
            {
                Name = id,
                DeviceAuthorizationEndpoint = settings.DeviceAuthorizationEndpoint,
                AuthorizationEndpoint = settings.AuthorizationEndpoint,
                TokenEndpoint = settings.TokenEndpoint,
                RevocationEndpoint = settings.RevocationEndpoint,
                UserinfoEndpoint = settings.UserinfoEndpoint,
                UsesPkce = false,
            },
            _ => NamedProvider.All.Single(known => known.Name == settings.Kind).Create(settings.At),
        };
        return settings.Name is null ? provider : provider with { Name = settings.Name };
    }

    private static (string Setting, string Problem)? FaultOf(BrokerProvider settings)
    {
        if (!All.Contains(settings.Kind))
        {
            return (nameof(BrokerProvider.Kind), $"is \"{settings.Kind}\"; use one of {string.Join(", ", All)}.");
        }

        if (settings.Kind == Custom)
        {
            if (settings.TokenEndpoint is null)
            {
                return (nameof(BrokerProvider.TokenEndpoint), "is missing. Set it to the provider's token endpoint.");
            }

            var (name, wrong) = Endpoints(settings).FirstOrDefault(endpoint => endpoint.Value is not null && !IsWeb(endpoint.Value));
            return wrong is null ? null : (name, $"is \"{wrong}\"; it must be an https URL.");
        }

        if (Endpoints(settings).FirstOrDefault(endpoint => endpoint.Value is not null) is { Value: not null, Name: var unused })
        {
            return (unused, $"is only for the kind {Custom}. Remove it, or set Kind to {Custom}.");
        }

        if (settings.Kind is DeviceCode or Discover)
        {
            return Uri.TryCreate(settings.At, UriKind.Absolute, out var issuer) && IsWeb(issuer)
                ? null
                : (nameof(BrokerProvider.At), $"is \"{settings.At}\"; set it to the https URL of the issuer.");
        }

        try
        {
            _ = NamedProvider.All.Single(known => known.Name == settings.Kind).Create(settings.At);
            return null;
        }
        catch (DeviceLoginException invalid)
        {
            return (nameof(BrokerProvider.At), $"is \"{settings.At}\". {invalid.Message} {invalid.Fix}");
        }
    }

    private static IEnumerable<(string Name, Uri? Value)> Endpoints(BrokerProvider settings) =>
    [
        (nameof(settings.DeviceAuthorizationEndpoint), settings.DeviceAuthorizationEndpoint),
        (nameof(settings.AuthorizationEndpoint), settings.AuthorizationEndpoint),
        (nameof(settings.TokenEndpoint), settings.TokenEndpoint),
        (nameof(settings.RevocationEndpoint), settings.RevocationEndpoint),
        (nameof(settings.UserinfoEndpoint), settings.UserinfoEndpoint),
    ];

    private static bool IsWeb(Uri uri) =>
        uri.IsAbsoluteUri && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
}
