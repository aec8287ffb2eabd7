namespace DeviceCode.Cli.Commands.Credentials;

using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;

/// <summary><c>devicecode creds providers</c>: lists the providers that <c>devicecode creds add</c> accepts.</summary>
internal sealed class CredsProvidersCommand(CommandEnvironment environment)
    : CliCommand("providers", "List the providers of the service that \"devicecode creds add\" accepts.", environment)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode creds providers", "list the providers with the scopes that can be requested"),
        ("devicecode creds providers --service https://login.example.com", "without a login: list those that allow sessions"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var owner = await BrokerOwner.FindAsync(
            context, context.Arguments.GetValue(CredsCommand.Service), allowsNew: true, cancellationToken);
        var providers = await owner.UseAsync(context, client => client.ListProvidersAsync(cancellationToken), cancellationToken);
        var width = providers.Select(provider => provider.Id.Length + 3).Append(0).Max();
        foreach (var provider in providers)
        {
            context.Print(
                new CredentialProviderOutput(provider.Id, provider.Name, provider.Grants, provider.Scopes),
                CredentialsJson.Default.CredentialProviderOutput,
                () => Printable.Line($"{provider.Id.PadRight(width)}{provider.Name}{Describe(provider.Scopes)}"));
        }

        if (providers.Count == 0)
        {
            context.Notice($"{owner.ServiceName} offers no provider to this client.");
        }

        return ExitCode.Ok;
    }

    private static string Describe(IReadOnlyList<string> scopes) =>
        scopes.Count == 0 ? "" : $", with the scopes {string.Join(' ', scopes)}";
}

/// <summary>One line of <c>devicecode creds providers --json</c>.</summary>
internal sealed record CredentialProviderOutput(string Id, string Name, IReadOnlyList<string> Grants, IReadOnlyList<string> Scopes);
