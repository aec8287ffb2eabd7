namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Failures;
using DeviceCode.Client;

/// <summary>A provider that <c>devicecode login</c> knows by name.</summary>
/// <param name="Name">The name, without what comes after the colon.</param>
/// <param name="Usage">How it is written.</param>
/// <param name="Description">What it is, and what it needs.</param>
/// <param name="RegistrationPage">Where a client is registered; null where each organization has its own place.</param>
/// <param name="Create">Makes it of what comes after the colon; null where there is no colon.</param>
internal sealed record NamedProvider(string Name, string Usage, string Description, Uri? RegistrationPage, Func<string?, Provider> Create)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<NamedProvider> All { get; } =
    [
        new("github", "github[:HOST]", "GitHub, or a GitHub Enterprise Server", Providers.GitHub().RegistrationPage, host => Providers.GitHub(host ?? "github.com")),
        new("microsoft", "microsoft[:TENANT]", "Microsoft Entra ID and personal accounts", Providers.Microsoft().RegistrationPage, tenant => Providers.Microsoft(tenant ?? "common")),
        new("google", "google", "Google; needs a client secret, too", Providers.Google.RegistrationPage, _ => Providers.Google),
        new("gitlab", "gitlab[:HOST]", "GitLab.com, or a GitLab of one's own", Providers.GitLab().RegistrationPage, host => Providers.GitLab(host ?? "gitlab.com")),
        new("huggingface", "huggingface", "Hugging Face", Providers.HuggingFace.RegistrationPage, _ => Providers.HuggingFace),
        new("auth0", "auth0:DOMAIN", "an Auth0 tenant", null, domain => Providers.Auth0(Required(domain, "auth0:example.eu.auth0.com"))),
        new("okta", "okta:DOMAIN[/SERVER]", "an Okta organization", null, Okta),
        new("keycloak", "keycloak:HOST/REALM", "a realm of a Keycloak", null, Keycloak),
    ];

    private static Provider Okta(string? rest) => Required(rest, "okta:example.okta.com").Split('/', 2) is [var domain, var server]
        ? Providers.Okta(domain, server)
        : Providers.Okta(rest!);

    private static Provider Keycloak(string? rest)
    {
        const string example = "keycloak:sso.example.com/myrealm";
        var address = Required(rest, example);
        var slash = address.LastIndexOf('/');
        return slash > 0 && LoginTargets.Address(address[..slash]) is { } server ? Providers.Keycloak(server, address[(slash + 1)..]) : throw Incomplete(example);
    }

    private static string Required(string? rest, string example) => rest is { Length: > 0 } ? rest : throw Incomplete(example);

    private static CommandException Incomplete(string example) =>
        new(ExitCode.Usage, "The name of the provider is not complete.", $"Write it like {example}; devicecode providers lists them all.");
}
