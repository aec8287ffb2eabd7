namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary><c>devicecode providers</c>: lists the names that <c>devicecode login</c> accepts.</summary>
internal sealed class ProvidersCommand(CommandEnvironment environment)
    : CliCommand("providers", "List the provider names that \"devicecode login\" accepts.", environment)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode providers", "list the built-in providers and those of the configuration file"),
        ("devicecode providers --json | jq -r .name", "get the names in a script"),
    ];

    /// <inheritdoc />
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        List<ProviderOutput> providers =
        [
            new("https://…", "a DeviceCode service; with --client-id, any server with OAuth or OpenID metadata", null),
            .. NamedProvider.All.Select(known => new ProviderOutput(known.Usage, known.Description, known.RegistrationPage)),
            .. context.Settings.File.Providers.Select(custom =>
                new ProviderOutput(custom.Key, $"{custom.Value.Name}, from the configuration file", custom.Value.RegistrationPage)),
        ];
        if (context.IsJson)
        {
            providers.Skip(1).ToList().ForEach(provider => context.Print(provider, CommandsJson.Default.ProviderOutput, () => ""));
            return Task.FromResult(ExitCode.Ok);
        }

        var output = context.Environment.Output;
        var width = providers.Max(provider => provider.Name.Length) + 3;
        foreach (var provider in providers)
        {
            output.WriteLine($"{Printable.Line(provider.Name).PadRight(width)}{Printable.Line(provider.Description)}");
            if (provider.RegistrationPage is { } page)
            {
                output.WriteLine($"{new string(' ', width)}{page.AbsoluteUri}");
            }
        }

        output.WriteLine();
        output.WriteLine("Every provider except a DeviceCode service requires --client-id: register a client with the provider first.");
        return Task.FromResult(ExitCode.Ok);
    }
}

/// <summary>One line of <c>devicecode providers --json</c>.</summary>
internal sealed record ProviderOutput(string Name, string Description, Uri? RegistrationPage);
