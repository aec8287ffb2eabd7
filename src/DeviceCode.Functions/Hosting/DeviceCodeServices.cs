namespace DeviceCode.Functions.Hosting;

using System.Diagnostics.Metrics;
using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Devices;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Telemetry;
using DeviceCode.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

/// <summary>Registers the service; the same for the Functions worker and for the local host.</summary>
public static class DeviceCodeServices
{
    /// <summary>Adds all but the stores and the sign-in.</summary>
    public static IHostApplicationBuilder AddDeviceCode(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddValidated<ServiceOptions>("DeviceCode", options => options.Validate());
        services.AddValidated<DeviceAuthorizationOptions>("DeviceCode", options => options.Validate());

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new DeviceMetrics(provider.GetRequiredService<IMeterFactory>().Create(DeviceMetrics.MeterName)));
        services.AddSingleton(provider => new GuessLimiter(
            provider.GetRequiredService<IWrongGuessStore>(),
            provider.GetRequiredService<IOptions<DeviceAuthorizationOptions>>().Value.ToGuessLimits(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<DeviceMetrics>()));
        services.AddSingleton(provider => new DeviceAuthorizationService(
            provider.GetRequiredService<IDeviceAuthorizationStore>(),
            provider.GetRequiredService<GuessLimiter>(),
            provider.GetRequiredService<IOptions<DeviceAuthorizationOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<DeviceMetrics>()));

        // First, so that it runs while the worker connects to the host.
        services.Insert(0, ServiceDescriptor.Singleton<IHostedService, GuessRefresh>());

        services.AddOptions<OAuthOptions>().BindConfiguration("OAuth", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OAuthOptions>>(provider => new OptionsValidator<OAuthOptions>(
            options => options.Validate(provider.GetRequiredService<IOptions<DeviceAuthorizationOptions>>().Value)));
        services.AddSingleton(provider => new ClientRegistry(provider.GetRequiredService<IOptions<OAuthOptions>>().Value));
        services.AddSingleton(provider => new TokenService(
            provider.GetRequiredService<DeviceAuthorizationService>(),
            provider.GetRequiredService<IGrantStore>(),
            provider.GetRequiredService<ClientRegistry>(),
            provider.GetRequiredService<IOptions<OAuthOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<DeviceMetrics>()));

        builder.AddTelemetry();
        services.AddCors();
        services.AddSingleton<FunctionPipeline>();

        // Both hosts read the client's address with ASP.NET Core's own middleware. Whoever connects is a proxy of ours.
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<ServiceOptions>>((forwarded, service) =>
        {
            forwarded.ForwardedForHeaderName = service.Value.ClientAddressHeader;
            forwarded.ForwardedHeaders = service.Value.TrustedProxies > 0 ? ForwardedHeaders.XForwardedFor : ForwardedHeaders.None;
            forwarded.ForwardLimit = service.Value.TrustedProxies;
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
        });
        // Its messages have the request's URL with its query, and a verification_uri_complete has a user code there.
        services.PostConfigure<LoggerFilterOptions>(filters => filters.Rules.Add(new LoggerFilterRule(
            providerName: null, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, filter: null)));
        return builder;
    }

    /// <summary>Keeps everything in Table Storage, as configured under <c>Storage</c>.</summary>
    public static IHostApplicationBuilder AddTableStores(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddValidated<TableStorageOptions>("Storage", options => options.Validate());
        services.AddSingleton(provider => new DeviceCodeTables(provider.GetRequiredService<IOptions<TableStorageOptions>>().Value));
        services.AddSingleton<IDeviceAuthorizationStore, TableDeviceAuthorizationStore>();
        services.AddSingleton<IWrongGuessStore, TableWrongGuessStore>();
        services.AddSingleton<IGrantStore, TableGrantStore>();

        // Before anything that uses the tables.
        if (builder.Configuration.GetValue<bool>("Storage:CreateTables"))
        {
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TableSetUp>());
        }

        return builder;
    }

    /// <summary>Keeps everything in the memory of this process; all is lost when it ends.</summary>
    public static IHostApplicationBuilder AddInMemoryStores(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<IDeviceAuthorizationStore, InMemoryDeviceAuthorizationStore>();
        builder.Services.AddSingleton<IWrongGuessStore, InMemoryWrongGuessStore>();
        builder.Services.AddSingleton<IGrantStore, InMemoryGrantStore>();
        return builder;
    }

    internal static void AddValidated<T>(this IServiceCollection services, string section, Func<T, IEnumerable<string>> validate)
        where T : class
    {
        services.AddOptions<T>().BindConfiguration(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(new OptionsValidator<T>(validate));
    }
}
