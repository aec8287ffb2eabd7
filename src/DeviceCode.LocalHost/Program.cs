namespace DeviceCode.LocalHost;

using DeviceCode.Core;
using DeviceCode.Functions.Hosting;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.SignIn;
using DeviceCode.LocalHost.Functions;
using DeviceCode.LocalHost.SignIn;
using DeviceCode.Tables;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;

/// <summary>Runs the function classes on Kestrel, without the Functions host: for development, and only there.</summary>
public sealed class Program
{
    // Below every other source of configuration.
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Urls"] = "http://localhost:7071",
        ["DeviceCode:PublicUrl"] = "http://localhost:7071",
        ["DeviceCode:ApiKeysUrl"] = "https://example.com/account/api-keys",
        ["DeviceCode:TrustedProxies"] = "0",
        ["Storage:CreateTables"] = "true",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

        // Why it did not start is told without a stack trace.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
    };

    private Program()
    {
    }

    /// <summary>Starts the host; returns 1 with a sentence on standard error when it may not or cannot start.</summary>
    public static async Task<int> Main(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        if (!builder.Environment.IsDevelopment())
        {
            // Its sign-in believes everybody.
            await Console.Error.WriteLineAsync(
                $"DeviceCode.LocalHost is for development only, and this environment is {builder.Environment.EnvironmentName}. Set DOTNET_ENVIRONMENT=Development, or deploy DeviceCode.Functions.");
            return 1;
        }

        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        builder.AddDeviceCode();
        var durable = builder.Configuration.GetSection("Storage").Get<TableStorageOptions>() is { IsConfigured: true };
        _ = durable ? builder.AddTableStores() : builder.AddInMemoryStores();
        builder.Services.AddSingleton<IUserSignIn, DevelopmentSignIn>();
        builder.Services.AddHostedService(provider => ActivatorUtilities.CreateInstance<TimerFunctions>(provider, typeof(HttpFunction).Assembly));

        var app = builder.Build();
        app.UseForwardedHeaders();
        app.MapSignInPage();
        app.MapHttpFunctions();
        app.Lifetime.ApplicationStarted.Register(() => Welcome.Log(
            app.Logger, app.Services.GetRequiredService<IOptions<ServiceOptions>>().Value.PublicUrl!.AbsoluteUri.TrimEnd('/'), durable ? "durable" : "lost when this ends"));
        try
        {
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            await app.RunAsync();
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
        AggregateException several => string.Join(Environment.NewLine, several.InnerExceptions.Select(ReasonOf)),
        StoreUnavailableException => refusal.Message,
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => refusal.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } => refusal.Message,
        _ => null,
    };
}
