namespace DeviceCode.Functions.Hosting;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

/// <summary>Runs a host, or says in sentences why it cannot be run.</summary>
public static class HostStart
{
    private const string Binder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>Runs the host until it is stopped.</summary>
    /// <returns>0; or 1, with what to change on standard error, when a setting is wrong, or what it needs at the start is not there.</returns>
    public static async Task<int> RunOrExplainAsync(this IHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        try
        {
            host.Services.GetRequiredService<IStartupValidator>().Validate();
            await host.RunAsync();
            return 0;
        }
        catch (Exception refusal) when (ReasonOf(refusal) is { } reason)
        {
            await Console.Error.WriteLineAsync(reason);
            return 1;
        }
    }

    private static string? ReasonOf(Exception refusal) => refusal switch
    {
        OptionsValidationException invalid => string.Join(Environment.NewLine, invalid.Failures),
        AggregateException several when several.InnerExceptions.All(inner => ReasonOf(inner) is not null) =>
            string.Join(Environment.NewLine, several.InnerExceptions.Select(ReasonOf).Distinct()),

        // A setting that there is not is named by the inner one; a value that cannot be read, by the outer one.
        InvalidOperationException { Source: Binder } => refusal.InnerException is InvalidOperationException { Source: Binder } inner ? ReasonOf(inner) : refusal.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => refusal.Message,
        _ => null,
    };
}
