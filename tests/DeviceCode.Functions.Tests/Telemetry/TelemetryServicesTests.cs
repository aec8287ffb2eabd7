namespace DeviceCode.Functions.Tests.Telemetry;

using DeviceCode.Functions.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>The selection of the telemetry that is exported to Application Insights.</summary>
public sealed class TelemetryServicesTests
{
    private const string ConnectionString =
        "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:1/";

    [Theory]
    [InlineData("DeviceCode.Functions.Devices.DeviceFunctions", LogLevel.Information, true)]
    [InlineData("DeviceCode.Functions.Devices.DeviceFunctions", LogLevel.Debug, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information, false)]
    [InlineData("Microsoft.IdentityModel.LoggingExtensions.IdentityLoggerAdapter", LogLevel.Error, false)] // logged for every invalid token
    public void Only_selected_log_entries_are_exported(string category, LogLevel level, bool isExported)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("APPLICATIONINSIGHTS_CONNECTION_STRING", ConnectionString)]);
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        builder.AddTelemetry();
        using var host = builder.Build();

        Assert.Equal(isExported, host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(level));
    }
}
