namespace DeviceCode.Functions.Hosting;

using System.Diagnostics.Metrics;
using DeviceCode.Core;
using DeviceCode.Core.Broker;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Broker;
using DeviceCode.Functions.Devices;
using DeviceCode.Functions.Health;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Logins;
using DeviceCode.Functions.Options;
using DeviceCode.Functions.Telemetry;
using DeviceCode.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Registers the service in the Functions worker and in the local host.</summary>
public static class DeviceCodeServices
{
    /// <summary>Adds everything but the stores and the sign-in.</summary>
    public static IHostApplicationBuilder AddDeviceCode(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddValidatedOptions<ServiceOptions>("DeviceCode", (options, _) => options.Validate());
        services.AddValidatedOptions<OAuthOptions>(
            "OAuth", (options, provider) => options.Validate(provider.GetRequiredService<ServiceOptions>()));
        services.AddSingleton<DeviceAuthorizationOptions>(provider => provider.GetRequiredService<ServiceOptions>());
        services.AddSingleton(provider => provider.GetRequiredService<ServiceOptions>().ToGuessLimits());
        services.AddSingleton(provider => new DeviceMetrics(provider.GetRequiredService<IMeterFactory>().Create(DeviceMetrics.MeterName)));

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<GuessLimiter>();
        services.AddSingleton<DeviceAuthorizationService>();
        services.AddSingleton<ClientRegistry>();
        services.AddSingleton<IClientPolicy>(provider => provider.GetRequiredService<ClientRegistry>());
        services.AddSingleton<TokenService>();
        services.AddSingleton<LoginService>();
        services.AddSingleton<LoginCaller>();
        services.AddSingleton<LoginAudit>();
        services.AddSingleton<StorageHealth>();

        // First, so that it runs while the worker connects to the host.
        services.Insert(0, ServiceDescriptor.Singleton<IHostedService, GuessRefresh>());

        builder.AddBroker();
        builder.AddTelemetry();
        services.AddCors();
        services.AddSingleton<FunctionPipeline>();

        // Both hosts read the client's address with ASP.NET Core's middleware. Only trusted proxies connect to the service.
        services.AddOptions<ForwardedHeadersOptions>().Configure<ServiceOptions>((forwarded, service) =>
        {
            forwarded.ForwardedForHeaderName = service.ClientAddressHeader;
            forwarded.ForwardedHeaders = service.TrustedProxies > 0 ? ForwardedHeaders.XForwardedFor : ForwardedHeaders.None;
            forwarded.ForwardLimit = service.TrustedProxies;
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
        });

        // This logger writes the request's URL with its query, and the query of a verification_uri_complete is a user code.
        services.PostConfigure<LoggerFilterOptions>(filters => filters.Rules.Add(new LoggerFilterRule(
            providerName: null, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, filter: null)));
        return builder;
    }

    /// <summary>Adds the stores on Table Storage, configured under <c>Storage</c>.</summary>
    public static IHostApplicationBuilder AddTableStores(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddValidatedOptions<TableStorageOptions>("Storage", (options, _) => options.Validate());

        // All instances follow the storage's clock, and so agree on the time. A test's clock stays what it is corrected from.
        var machine = services.LastOrDefault(service => service.ServiceType == typeof(TimeProvider))?.ImplementationInstance;
        var clock = new StorageClock(machine as TimeProvider ?? TimeProvider.System);
        services.AddSingleton<TimeProvider>(clock);

        var connected = ConnectAsync(builder.Configuration, clock);
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<TableStorageOptions>();
            return connected.GetAwaiter().GetResult() ?? new DeviceCodeTables(options, clock);
        });
        services.AddSingleton<IDeviceAuthorizationStore, TableDeviceAuthorizationStore>();
        services.AddSingleton<IWrongGuessStore, TableWrongGuessStore>();
        services.AddSingleton<IGrantStore, TableGrantStore>();
        services.AddSingleton<ICredentialStore, TableCredentialStore>();

        if (builder.Configuration.GetValue<bool>("Storage:CreateTables"))
        {
            services.AddHostedService<TableSetUp>();
        }

        return builder;
    }

    /// <summary>
    /// Connects to the storage beside the rest of the start, because getting a token and connecting take about as long as the start itself.
    /// Returns null where the settings are invalid, which the start reports later.
    /// </summary>
    private static Task<DeviceCodeTables?> ConnectAsync(IConfiguration configuration, StorageClock clock) => Task.Run(() =>
    {
        try
        {
            var options = configuration.GetSection("Storage").Get<TableStorageOptions>() ?? new TableStorageOptions();
            if (options.Validate().Any())
            {
                return null;
            }

            var tables = new DeviceCodeTables(options, clock);
            tables.Connect();
            return tables;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    });

    /// <summary>Adds stores in the memory of this process, which lose their content when it ends.</summary>
    public static IHostApplicationBuilder AddInMemoryStores(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);

        // A prefix has no effect on stores in memory, so reject it.
        builder.Services.AddValidatedOptions<TableStorageOptions>("Storage", (options, _) => options.TablePrefix.Length > 0
            ? options.Validate()
            : []);
        builder.Services.AddSingleton<IDeviceAuthorizationStore, InMemoryDeviceAuthorizationStore>();
        builder.Services.AddSingleton<IWrongGuessStore, InMemoryWrongGuessStore>();
        builder.Services.AddSingleton<IGrantStore, InMemoryGrantStore>();
        builder.Services.AddSingleton<ICredentialStore, InMemoryCredentialStore>();
        return builder;
    }
}
