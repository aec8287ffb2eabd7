namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Login;
using DeviceCode.Cli.Terminal;

/// <summary><c>devicecode providers</c>: what <c>devicecode login</c> takes.</summary>
internal sealed class ProvidersCommand(Surroundings around)
    : CliCommand("providers", "List the providers that \"devicecode login\" knows by name.", around)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode providers", "those that are built in, and those of the configuration file"),
        ("devicecode providers --json | jq -r .name", "for scripts"),
    ];

    /// <inheritdoc />
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        List<ProviderEntry> entries =
        [
            new("https://…", "a DeviceCode service: who signs in; with --client-id, any server with OAuth or OpenID metadata", null),
            .. NamedProvider.All.Select(known => new ProviderEntry(known.Usage, known.Description, known.RegistrationPage)),
            .. context.Settings.File.Providers.Select(custom => new ProviderEntry(custom.Key, $"{custom.Value.Name}, of the configuration file", custom.Value.RegistrationPage)),
        ];
        if (context.IsJson)
        {
            entries.Skip(1).ToList().ForEach(entry => context.Print(entry, CliJson.Default.ProviderEntry, () => ""));
            return Task.FromResult(ExitCode.Ok);
        }

        var width = entries.Max(entry => entry.Name.Length) + 3;
        foreach (var entry in entries)
        {
            context.Around.Output.WriteLine($"{Printable.Line(entry.Name).PadRight(width)}{Printable.Line(entry.Description)}");
            if (entry.RegistrationPage is { } page)
            {
                context.Around.Output.WriteLine($"{new string(' ', width)}{page.AbsoluteUri}");
            }
        }

        context.Around.Output.WriteLine();
        context.Around.Output.WriteLine("Every provider but a DeviceCode service needs --client-id: register a client with it first.");
        return Task.FromResult(ExitCode.Ok);
    }
}
