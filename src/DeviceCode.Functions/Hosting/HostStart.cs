namespace DeviceCode.Functions.Hosting;

using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

/// <summary>Runs a host, and explains in sentences what keeps it from starting.</summary>
public static partial class HostStart
{
    private const string Binder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>Runs the host until it is stopped.</summary>
    /// <returns>0; or 1, with the reason on standard error, when a setting is invalid or unknown, or the address is taken.</returns>
    public static async Task<int> RunOrExplainAsync(this IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        try
        {
            host.Services.GetRequiredService<IStartupValidator>().Validate();
            await host.RunAsync();
            return 0;
        }
        catch (Exception exception) when (ReasonOf(exception) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return 1;
        }
    }

    private static string? ReasonOf(Exception exception) => exception switch
    {
        OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        AggregateException several when several.InnerExceptions.All(inner => ReasonOf(inner) is not null) =>
            string.Join(Environment.NewLine, several.InnerExceptions.Select(ReasonOf).Distinct()),

        // The binder names an unknown setting in the inner exception, and an unreadable value in the outer one.
        InvalidOperationException { Source: Binder, InnerException: InvalidOperationException { Source: Binder } inner } => ReasonOf(inner),
        InvalidOperationException { Source: Binder } => UnknownSettings.Match(exception.Message) is { Success: true } unknown
            ? $"Unknown setting {unknown.Groups["names"]} for {unknown.Groups["type"]}. Check its spelling, or remove it."
            : exception.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => exception.Message,
        _ => null,
    };

    // "…the following properties were not found on the instance of Some.Namespace.Client: 'Scpoes', 'Nmae'"
    [GeneratedRegex(@"not found on the instance of [\w.]*?(?<type>\w+): (?<names>.+)$")]
    private static partial Regex UnknownSettings { get; }
}
