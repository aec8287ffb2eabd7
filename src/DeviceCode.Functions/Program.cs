using DeviceCode.Functions.Entra;
using DeviceCode.Functions.Hosting;
using DeviceCode.Functions.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.AddDeviceCode().AddTableStores().AddEntraSignIn();

// RequestBody reads no more than a body may have. At a limit of its own, Kestrel would hang up on the Functions host, which would answer with a 502.
builder.Services.Configure<KestrelServerOptions>(options => options.Limits.MaxRequestBodySize = null);

// Tells the host that this process speaks for itself (host.json has the other half, telemetryMode). The host does not print what is logged then.
if (builder.Configuration.HasTelemetry())
{
    builder.Services.AddOpenTelemetry().UseFunctionsWorkerDefaults();
}

return await builder.Build().RunOrExplainAsync();
