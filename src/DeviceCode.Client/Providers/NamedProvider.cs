namespace DeviceCode.Client;

using System.Net;

/// <summary>A well-known provider by its name, such as <c>github</c> or <c>github:ghe.example.com</c>.</summary>
public sealed class NamedProvider
{
    private readonly Func<string?, Provider> _create;

    private NamedProvider(string name, string usage, string description, Uri? registrationPage, Func<string?, Provider> create) =>
        (Name, Usage, Description, RegistrationPage, _create) = (name, usage, description, registrationPage, create);

    /// <summary>All well-known providers.</summary>
    public static IReadOnlyList<NamedProvider> All { get; } =
    [
        new(
            "github",
            "github[:HOST]",
            "GitHub, or a GitHub Enterprise server",
            Providers.GitHub().RegistrationPage,
            host => Providers.GitHub(host ?? "github.com")),
        new(
            "microsoft",
            "microsoft[:TENANT]",
            "Microsoft Entra ID and personal accounts",
            Providers.Microsoft().RegistrationPage,
            tenant => Providers.Microsoft(tenant ?? "common")),
        new(
            "google", "google", "Google; also requires a client secret", Providers.Google.RegistrationPage, _ => Providers.Google),
        new(
            "gitlab",
            "gitlab[:HOST]",
            "GitLab.com, or a self-managed GitLab",
            Providers.GitLab().RegistrationPage,
            host => Providers.GitLab(host ?? "gitlab.com")),
        new("huggingface", "huggingface", "Hugging Face", Providers.HuggingFace.RegistrationPage, _ => Providers.HuggingFace),
        new("auth0", "auth0:DOMAIN", "an Auth0 tenant", null, domain => Providers.Auth0(Required(domain, "auth0:example.eu.auth0.com"))),
        new("okta", "okta:DOMAIN[/SERVER]", "an Okta organization", null, Okta),
        new("keycloak", "keycloak:HOST/REALM", "a realm of a Keycloak server", null, Keycloak),
    ];

    /// <summary>The name, without a colon.</summary>
    public string Name { get; }

    /// <summary>The syntax of the name and of the part after the colon, such as <c>github[:HOST]</c>.</summary>
    public string Usage { get; }

    /// <summary>A short description, with special requirements.</summary>
    public string Description { get; }

    /// <summary>The page to register a client at; null when every organization has its own.</summary>
    public Uri? RegistrationPage { get; }

    /// <summary>Returns the provider that a text names; null when it is not one of <see cref="All"/>.</summary>
    /// <param name="text">A name, with a colon and a host, tenant or domain where <see cref="Usage"/> has one.</param>
    /// <exception cref="DeviceLoginException">The part after the colon is missing or not valid.</exception>
    public static Provider? Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        return All.FirstOrDefault(provider => provider.Name == name)?.Create(colon < 0 ? null : text[(colon + 1)..]);
    }

    /// <summary>Creates the provider.</summary>
    /// <param name="place">The host, tenant or domain; null for the default, where <see cref="Usage"/> has one.</param>
    /// <exception cref="DeviceLoginException">The part is missing or not valid.</exception>
    public Provider Create(string? place)
    {
        try
        {
            return _create(place);
        }
        catch (UriFormatException)
        {
            throw new DeviceLoginException(
                DeviceLoginFailure.Configuration,
                $"The provider name \"{Name}:{place}\" contains no valid host name.",
                $"Write it like {Usage}.");
        }
    }

    private static Provider Okta(string? place) => Required(place, "okta:example.okta.com").Split('/', 2) is [var domain, var server]
        ? Providers.Okta(domain, server)
        : Providers.Okta(place!);

    private static Provider Keycloak(string? place)
    {
        const string example = "keycloak:sso.example.com/myrealm";
        var address = Required(place, example);
        var slash = address.LastIndexOf('/');
        return slash > 0 && slash < address.Length - 1 && ServerAt(address[..slash]) is { } server
            ? Providers.Keycloak(server, address[(slash + 1)..])
            : throw Incomplete(place, example);
    }

    // Without a scheme, https, and http for this machine.
    private static Uri? ServerAt(string address)
    {
        var hasScheme = address.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(hasScheme ? address : $"https://{address}", UriKind.Absolute, out var server)
            || server.Scheme is not ("https" or "http")
            || server is not { UserInfo: "", Query: "", Fragment: "" }
            || (!server.IsLoopback && !server.Host.Contains('.', StringComparison.Ordinal) && !IPAddress.TryParse(server.Host, out _)))
        {
            return null;
        }

        HttpExchange.RequireSecure(server);
        return hasScheme || !server.IsLoopback ? server : new Uri($"http://{address}");
    }

    private static string Required(string? place, string example) => place is { Length: > 0 } ? place : throw Incomplete(place, example);

    private static DeviceLoginException Incomplete(string? place, string example)
    {
        var name = example[..example.IndexOf(':', StringComparison.Ordinal)];
        return new DeviceLoginException(
            DeviceLoginFailure.Configuration,
            $"The provider name \"{(place is null ? name : $"{name}:{place}")}\" is incomplete.",
            $"Write it like {example}.");
    }
}
