using DeviceCode.Functions.Entra;
using DeviceCode.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.AddDeviceCode().AddTableStores().AddEntraSignIn();
await builder.Build().RunAsync();
