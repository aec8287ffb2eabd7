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
    /// <summary>Whether there is an Application Insights to send anything to.</summary>
    public static bool HasTelemetry(this IConfiguration configuration) => !string.IsNullOrEmpty(configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"]);

    /// <summary>
    /// Sends them where <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> says, and nowhere without it. With
    /// <c>APPLICATIONINSIGHTS_AUTHENTICATION_STRING</c>, which the Functions host reads too, the identity that <c>DefaultAzureCredential</c> finds vouches for them.
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
                // The audit trail is not sampled, whatever becomes of the traces; only a flood, which fills the batches, loses some of it.
                options.EnableTraceBasedLogsSampler = false;

                // An instance's disk ends with it: what is left is sent before, not put there.
                options.DisableOfflineStorage = true;

                // Requests are counted by the host, which knows of all of them, processor and memory by the platform.
                options.EnableStandardMetrics = false;
                options.EnablePerformanceCounters = false;
                if (!string.IsNullOrEmpty(builder.Configuration["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"]))
                {
                    options.Credential = new DefaultAzureCredential();
                }
            });

        // What the libraries say all day long is not worth its price; nor is one that calls every token that is not valid an error, as anybody may
        // send those by the thousand.
        builder.Logging
            .AddFilter<OpenTelemetryLoggerProvider>(null, LogLevel.Warning)
            .AddFilter<OpenTelemetryLoggerProvider>("Microsoft.IdentityModel", LogLevel.None)
            .AddFilter<OpenTelemetryLoggerProvider>(nameof(DeviceCode), LogLevel.Information);
        return builder;
    }
}
