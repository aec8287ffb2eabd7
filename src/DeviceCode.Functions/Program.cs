using DeviceCode.Functions.Entra;
using DeviceCode.Functions.Hosting;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// Settings change with a restart only, so no file is watched.
var builder = FunctionsApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);
builder.AddTableStores();
builder.ConfigureFunctionsWebApplication();
builder.UseMiddleware<PendingMark>();
builder.AddDeviceCode().AddEntraSignIn();

// A request that this Kestrel rejects hangs in the Functions host for 15 seconds and ends in an empty 500. The host applies the default
// limits first, then adds headers and escapes the URL, so the limits here are higher. RequestBody limits the body.
builder.Services.Configure<KestrelServerOptions>(options =>
{
    options.Limits.MaxRequestBodySize = null;
    options.Limits.MaxRequestHeaderCount = 200;
    options.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
    options.Limits.MaxRequestLineSize = 32 * 1024;
});

// Reports to the host that this process exports its own telemetry; telemetryMode in host.json is the other half. The host then prints no
// logs.
if (builder.Configuration.HasTelemetry())
{
    builder.Services.AddOpenTelemetry().UseFunctionsWorkerDefaults();
}

// The exporter is set up while the worker connects to the host.
builder.Services.Configure<HostOptions>(options => options.ServicesStartConcurrently = true);
builder.Services.StartTelemetryLast();

return await builder.Build().RunOrExplainAsync();
