namespace DeviceCode.Functions.Telemetry;

using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using DeviceCode.Core;
using DeviceCode.Core.Devices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;

/// <summary>Sends metrics and logs to Application Insights.</summary>
internal static class TelemetryServices
{
    /// <summary>Whether Application Insights is configured.</summary>
    public static bool HasTelemetry(this IConfiguration configuration) =>
        !string.IsNullOrEmpty(configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"]);

    /// <summary>
    /// Exports to the resource in <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c>, if that is set. With
    /// <c>APPLICATIONINSIGHTS_AUTHENTICATION_STRING</c>, which the Functions host reads too, the exporter authenticates by
    /// <c>DefaultAzureCredential</c>.
    /// </summary>
    public static IHostApplicationBuilder AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (!builder.Configuration.HasTelemetry())
        {
            return builder;
        }

        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(DeviceMetrics.MeterName))
            .UseAzureMonitorExporter(options =>
            {
                // The audit trail must not be sampled with the traces. Only a flood, which fills the batches, loses a part of it.
                options.EnableTraceBasedLogsSampler = false;

                // An instance loses its disk when it stops, so the exporter sends the rest at shutdown and does not store it.
                options.DisableOfflineStorage = true;

                // The host counts all requests; the platform measures processor and memory.
                options.EnableStandardMetrics = false;
                options.EnablePerformanceCounters = false;
                if (!string.IsNullOrEmpty(builder.Configuration["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]))
                {
                    options.Credential = new DefaultAzureCredential();
                }
            });

        // The libraries' informational logs are not worth their price. IdentityModel logs an error for each invalid token, and any client
        // can send thousands of those.
        builder.Logging
            .AddFilter<OpenTelemetryLoggerProvider>(null, LogLevel.Warning)
            .AddFilter<OpenTelemetryLoggerProvider>("Microsoft.IdentityModel", LogLevel.None)
            .AddFilter<OpenTelemetryLoggerProvider>(nameof(DeviceCode), LogLevel.Information);
        return builder;
    }

    /// <summary>Sets up the exporter after the services that start concurrently with it, like the connection to the host.</summary>
    public static void StartTelemetryLast(this IServiceCollection services)
    {
        if (services.FirstOrDefault(service => service.ImplementationType?.Name == "TelemetryHostedService") is { } telemetry)
        {
            services.Remove(telemetry);
            services.Add(telemetry);
        }
    }
}
