namespace DeviceCode.Functions.Hosting;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

/// <summary>Runs a host, and reports in sentences why it cannot start.</summary>
public static class HostStart
{
    private const string Binder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>Runs the host until it is stopped.</summary>
    /// <returns>0; or 1, with the reason on standard error, when a setting is invalid or unknown, or the address is in use.</returns>
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

        // The binder names a value that it cannot convert.
        InvalidOperationException { Source: Binder } => exception.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => exception.Message,
        _ => null,
    };
}
