namespace DeviceCode.Cli.Targets;

using DeviceCode.Cli.Running;
using DeviceCode.Client;

/// <summary>A built-in provider of <c>devicecode login</c>.</summary>
/// <param name="Name">The name, without the part after the colon.</param>
/// <param name="Usage">The syntax of the name.</param>
/// <param name="Description">A short description, with special requirements.</param>
/// <param name="RegistrationPage">The page to register a client at; null when every organization has its own.</param>
/// <param name="Create">Creates the provider from the part after the colon; null when there is no colon.</param>
internal sealed record NamedProvider(string Name, string Usage, string Description, Uri? RegistrationPage, Func<string?, Provider> Create)
{
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

    private static Provider Okta(string? rest) => Required(rest, "okta:example.okta.com").Split('/', 2) is [var domain, var server]
        ? Providers.Okta(domain, server)
        : Providers.Okta(rest!);

    private static Provider Keycloak(string? rest)
    {
        const string example = "keycloak:sso.example.com/myrealm";
        var address = Required(rest, example);
        var slash = address.LastIndexOf('/');
        return slash > 0 && WebAddresses.Parse(address[..slash]) is { } server
            ? Providers.Keycloak(server, address[(slash + 1)..])
            : throw Incomplete(rest, example);
    }

    private static string Required(string? rest, string example) => rest is { Length: > 0 } ? rest : throw Incomplete(rest, example);

    private static CommandException Incomplete(string? rest, string example)
    {
        var name = example[..example.IndexOf(':', StringComparison.Ordinal)];
        return new CommandException(
            ExitCode.Usage,
            $"The provider name \"{(rest is null ? name : $"{name}:{rest}")}\" is incomplete.",
            $"Write it like {example}; \"devicecode providers\" lists all names.");
    }
}
