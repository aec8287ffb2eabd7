namespace DeviceCode.LocalHost;

using DeviceCode.Functions.Hosting;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using DeviceCode.Functions.SignIn;
using DeviceCode.LocalHost.Functions;
using DeviceCode.LocalHost.SignIn;
using DeviceCode.Tables;
using Microsoft.Extensions.Configuration.Memory;

/// <summary>Runs the function classes on Kestrel, without the Functions host; for development only.</summary>
public sealed class Program
{
    // Every other source of configuration overrides these.
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Urls"] = "http://localhost:7071",
        ["DeviceCode:PublicUrl"] = "http://localhost:7071",
        ["DeviceCode:ApiKeysUrl"] = "https://example.com/account/api-keys",
        ["DeviceCode:TrustedProxies"] = "0",
        ["Storage:CreateTables"] = "true",

        // The clients of the examples in the documentation; the secret of api is "development-secret".
        ["OAuth:Clients:0:Id"] = "cli",
        ["OAuth:Clients:0:Name"] = "The example command line",
        ["OAuth:Clients:0:Scopes"] = "profile email offline_access",
        ["OAuth:Clients:1:Id"] = "cli2",
        ["OAuth:Clients:1:Name"] = "Another example command line",
        ["OAuth:Clients:1:Scopes"] = "profile email offline_access",
        ["OAuth:Clients:2:Id"] = "api",
        ["OAuth:Clients:2:Grants"] = "",
        ["OAuth:Clients:2:Introspects"] = "true",
        ["OAuth:Clients:2:SecretSha256"] = "141cf4ed2c03dc620ac12ecdcf6a374ab89e441b3ecb24d6e6fd1204cc0ff909",

        // A client whose users may keep credentials in the broker, and list and end their logins; and a provider that needs no
        // registration, this very service, with the broker as its client.
        ["OAuth:Clients:tools:Id"] = "tools",
        ["OAuth:Clients:tools:Name"] = "Example tools with credentials",
        ["OAuth:Clients:tools:Scopes"] = "profile email offline_access creds logins",
        ["OAuth:Clients:broker:Id"] = "broker",
        ["OAuth:Clients:broker:Name"] = "The credential broker",
        ["OAuth:Clients:broker:Scopes"] = "profile email offline_access",
        ["Broker:Providers:self:Kind"] = "devicecode",
        ["Broker:Providers:self:ClientId"] = "broker",
        ["Broker:Providers:self:Scopes"] = "profile email offline_access",
        ["Broker:Providers:self:Sessions"] = "true",
        ["Broker:AllowPrivateNetworks"] = "true",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

        // RunOrExplainAsync prints why the host did not start; this keeps the stack trace out of the output.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
    };

    private Program()
    {
    }

    /// <summary>Runs the host. Returns 1 and writes the reason to standard error if it cannot start.</summary>
    public static async Task<int> Main(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        if (!builder.Environment.IsDevelopment())
        {
            // The development sign-in accepts any identity.
            await Console.Error.WriteLineAsync(
                $"DeviceCode.LocalHost is for development only, and this environment is {builder.Environment.EnvironmentName}. "
                + "Set DOTNET_ENVIRONMENT=Development, or deploy DeviceCode.Functions.");
            return 1;
        }

        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        builder.Configuration.Sources.Insert(1, new MemoryConfigurationSource
        {
            InitialData = [KeyValuePair.Create("Broker:Providers:self:At", builder.Configuration["DeviceCode:PublicUrl"])],
        });
        builder.AddDeviceCode();
        var durable = builder.Configuration.GetSection("Storage").Get<TableStorageOptions>() is { IsConfigured: true };
        _ = durable ? builder.AddTableStores() : builder.AddInMemoryStores();
        builder.Services.AddSingleton<IUserSignIn, DevelopmentSignIn>();
        builder.Services.AddHostedService(
            provider => ActivatorUtilities.CreateInstance<TimerFunctions>(provider, typeof(HttpFunction).Assembly));
        builder.Services.AddHostedService(
            provider => ActivatorUtilities.CreateInstance<QueueFunctions>(provider, typeof(HttpFunction).Assembly));

        var app = builder.Build();
        app.UseForwardedHeaders();
        app.MapSignInPage();
        app.MapHttpFunctions();
        app.Lifetime.ApplicationStarted.Register(() => Welcome.Log(
            app.Logger,
            app.Services.GetRequiredService<ServiceOptions>().Issuer,
            durable ? "in Table Storage" : "in memory, and lost when the service stops"));
        return await app.RunOrExplainAsync();
    }
}
