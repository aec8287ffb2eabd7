namespace DeviceCode.Functions.Broker;

using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Azure.Storage.Queues;
using DeviceCode.Broker.Alarm;
using DeviceCode.Broker.Keys;
using DeviceCode.Broker.Upstream;
using DeviceCode.Core;
using DeviceCode.Core.Broker;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Options;
using DeviceCode.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

/// <summary>Registers the credential broker, configured under <c>Broker</c>.</summary>
public static class BrokerServices
{
    private static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Adds the broker without its store.</summary>
    public static IHostApplicationBuilder AddBroker(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var (services, isDevelopment) = (builder.Services, builder.Environment.IsDevelopment());
        services.AddValidatedOptions<BrokerOptions>("Broker", (options, provider) => options
            .Validate(provider.GetRequiredService<OAuthOptions>())
            .Concat(ProviderKinds.Validate(options))
            .Concat(MissingParts(options, provider.GetRequiredService<TableStorageOptions>(), isDevelopment)));
        services.AddSingleton(provider => new BrokerMetrics(provider.GetRequiredService<IMeterFactory>().Create(DeviceMetrics.MeterName)));
        services.AddSingleton<IBrokerAudit, BrokerAudit>();
        services.AddSingleton<BackgroundWork>();
        services.AddSingleton<IUpstream, ProviderUpstream>();
        services.AddSingleton(KeyRingOf);
        services.AddSingleton(AlarmOf);
        services.AddSingleton<CredentialBroker>();
        services.AddSingleton<CredentialCaller>();
        services.AddHostedService<BrokerStop>();
        return builder;
    }

    /// <summary>Returns a client of a queue in the configured storage; null when the storage has no queues.</summary>
    public static QueueClient? CreateQueueClient(TableStorageOptions storage, string queue)
    {
        ArgumentNullException.ThrowIfNull(storage);
        var options = new QueueClientOptions
        {
            MessageEncoding = QueueMessageEncoding.None,
            Retry = { MaxRetries = 2, NetworkTimeout = NetworkTimeout, Delay = TimeSpan.FromMilliseconds(100), Mode = RetryMode.Fixed },
        };
        return storage switch
        {
            { HasQueues: false } => null,
            { QueueEndpoint: { } endpoint } =>
                new QueueClient(new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/{queue}"), new DefaultAzureCredential(), options),
            _ => new QueueClient(storage.ConnectionString, queue, options),
        };
    }

    private static IEnumerable<string> MissingParts(BrokerOptions options, TableStorageOptions storage, bool isDevelopment)
    {
        if (options.IsOn && !isDevelopment && !storage.HasQueues)
        {
            yield return "The credential broker has providers, and no queue. Set Storage:QueueEndpoint to the queue endpoint of the "
                + "storage account, like https://ACCOUNT.queue.core.windows.net.";
        }

        if (options.IsOn && !isDevelopment && storage.TablePrefix.Length > 0)
        {
            yield return "The credential broker needs a storage account of its own, because services with a Storage:TablePrefix would "
                + "share its queue. Remove the prefix, or the settings under Broker.";
        }

        if (options.KeyFile is not null && !isDevelopment)
        {
            yield return "Broker:KeyFile is for development only. Set Broker:KeyVault instead.";
        }
    }

    private static IKeyRing KeyRingOf(IServiceProvider provider) => provider.GetRequiredService<BrokerOptions>() switch
    {
        { KeyVault: { } vault } => new VaultKeyRing(
            new SecretClient(vault, new DefaultAzureCredential(), new SecretClientOptions
            {
                Retry = { MaxRetries = 2, NetworkTimeout = NetworkTimeout, Delay = TimeSpan.FromMilliseconds(200) },
            }),
            provider.GetRequiredService<TimeProvider>()),
        { KeyFile: { } file } => LocalKeyRing.InFile(file),
        _ when provider.GetRequiredService<IHostEnvironment>().IsDevelopment() => LocalKeyRing.Random(),
        _ => new MissingKeyRing(),
    };

    private static ICredentialAlarm AlarmOf(IServiceProvider provider)
    {
        if (CreateQueueClient(provider.GetRequiredService<TableStorageOptions>(), QueueAlarm.QueueName) is { } queue)
        {
            return new QueueAlarm(queue);
        }

        // For development without queues.
        var alarm = new InMemoryAlarm(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<BackgroundWork>());
        alarm.Handler = text => provider.GetRequiredService<CredentialBroker>().HandleAlarmAsync(text, CancellationToken.None);
        return alarm;
    }

    /// <summary>Without a vault, the broker is off, and says why. The logins of the service do not need it.</summary>
    private sealed class MissingKeyRing : IKeyRing
    {
        public ValueTask<KeyRing> ReadAsync(CancellationToken cancellationToken) => throw new StoreUnavailableException(
            "Broker:KeyVault is missing, so the credential broker is off. Set it to a Key Vault with the secret broker-key.");
    }
}

/// <summary>At a stop of the host, waits until responses of providers that were requested are stored.</summary>
internal sealed class BrokerStop(BackgroundWork background) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await background.WhenIdleAsync().WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The host has no more time.
        }
    }
}
