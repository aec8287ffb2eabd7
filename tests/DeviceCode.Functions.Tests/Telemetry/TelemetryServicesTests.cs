namespace DeviceCode.Functions.Tests.Telemetry;

using DeviceCode.Functions.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>The selection of telemetry that goes to Application Insights.</summary>
public sealed class TelemetryServicesTests
{
    [Theory]
    [InlineData("DeviceCode.Functions.Devices.DeviceFunctions", LogLevel.Information, true)]
    [InlineData("DeviceCode.Functions.Devices.DeviceFunctions", LogLevel.Debug, false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning, true)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Information, false)]
    [InlineData("Microsoft.IdentityModel.LoggingExtensions.IdentityLoggerAdapter", LogLevel.Error, false)] // a token that is not valid
    public void What_is_logged_leaves_or_not(string category, LogLevel level, bool leaves)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:1/")]);
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        builder.AddTelemetry();
        using var host = builder.Build();

        Assert.Equal(leaves, host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(level));
    }
}
