namespace DeviceCode.Tables;

using System.Globalization;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Identity;

/// <summary>The settings under <c>Storage</c>: which storage to use.</summary>
public sealed partial class TableStorageOptions
{
    // The clouds with their own audiences for tokens, and without the plan that infra/ deploys.
    private static readonly string[] OtherClouds = [".core.chinacloudapi.cn", ".core.usgovcloudapi.net"];

    // One for all clients: it caches the tokens.
    private readonly Lazy<DefaultAzureCredential> _credential = new(() => new DefaultAzureCredential());

    /// <summary>A connection string, for development. It contains a key, so in production set <see cref="Endpoint"/> instead.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// The table endpoint, <c>https://ACCOUNT.table.core.windows.net</c>. The service authenticates with <c>DefaultAzureCredential</c>: in
    /// Azure, with a managed identity (AZURE_CLIENT_ID selects a user-assigned one).
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// The queue endpoint, <c>https://ACCOUNT.queue.core.windows.net</c>, which the credential broker needs beside <see cref="Endpoint"/>.
    /// A connection string contains its own.
    /// </summary>
    public Uri? QueueEndpoint { get; set; }

    /// <summary>
    /// A prefix for the table names, so that several services can share an account: at most 30 letters and digits, beginning with a letter.
    /// </summary>
    public string TablePrefix { get; set; } = "";

    /// <summary>Whether to create missing tables at start-up. Off in production, where the deployment creates them.</summary>
    public bool CreateTables { get; set; }

    /// <summary>For the requests that a person waits for, which have ten seconds: a hanging attempt leaves time for another one.</summary>
    internal static TimeSpan RequestTimeout => TimeSpan.FromSeconds(5);

    /// <summary>For the requests of a purge. The storage itself works on a query for at most 30 seconds.</summary>
    internal static TimeSpan BackgroundTimeout => TimeSpan.FromMinutes(1);

    /// <summary>Whether a storage is configured.</summary>
    public bool IsConfigured => !string.IsNullOrEmpty(ConnectionString) || Endpoint is not null;

    /// <summary>Whether the storage has queues, too. A connection string of Azurite's tables alone has none.</summary>
    public bool HasQueues => QueueEndpoint is not null
        || (!string.IsNullOrEmpty(ConnectionString)
            && (ConnectionString.Contains("QueueEndpoint=", StringComparison.OrdinalIgnoreCase)
                || !ConnectionString.Contains("TableEndpoint=", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Checks the settings.</summary>
    /// <returns>One message for each invalid setting, with its name and how to fix it; none when all are valid.</returns>
    public IEnumerable<string> Validate()
    {
        if (!IsConfigured)
        {
            yield return "No storage is configured. Set Storage:Endpoint to the table endpoint of the storage account, or "
                + "Storage:ConnectionString for development.";
        }
        else if (!string.IsNullOrEmpty(ConnectionString) && Endpoint is not null)
        {
            yield return "Storage:ConnectionString and Storage:Endpoint are both set. Remove one of them.";
        }

        if (!string.IsNullOrEmpty(ConnectionString) && !IsConnectionString(ConnectionString))
        {
            yield return "Storage:ConnectionString is not a storage connection string. Use one like "
                + "DefaultEndpointsProtocol=https;AccountName=…;AccountKey=….";
        }

        if (Endpoint is not null && (!Endpoint.IsAbsoluteUri || Endpoint.Scheme != Uri.UriSchemeHttps))
        {
            yield return $"Storage:Endpoint is \"{Endpoint}\"; it must be an https URL, like https://ACCOUNT.table.core.windows.net.";
        }

        if (QueueEndpoint is not null && (!QueueEndpoint.IsAbsoluteUri || QueueEndpoint.Scheme != Uri.UriSchemeHttps))
        {
            yield return $"Storage:QueueEndpoint is \"{QueueEndpoint}\"; it must be an https URL, like "
                + "https://ACCOUNT.queue.core.windows.net.";
        }

        foreach (var (name, endpoint) in new[] { (nameof(Endpoint), Endpoint), (nameof(QueueEndpoint), QueueEndpoint) })
        {
            if (endpoint is { IsAbsoluteUri: true }
                && OtherClouds.Any(cloud => endpoint.IdnHost.EndsWith(cloud, StringComparison.OrdinalIgnoreCase)))
            {
                yield return $"Storage:{name} is \"{endpoint}\", which is not in the public Azure cloud. Use a storage account in that "
                    + "cloud: the service supports no other.";
            }
        }

        if (TablePrefix.Length > 0 && !Prefix.IsMatch(TablePrefix))
        {
            yield return $"Storage:TablePrefix is \"{TablePrefix}\"; use at most 30 letters and digits, beginning with a letter.";
        }
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{0,29}$")]
    private static partial Regex Prefix { get; }

    private static bool IsConnectionString(string text)
    {
        try
        {
            _ = new TableServiceClient(text);
            return true;
        }
        catch (Exception malformed) when (malformed is InvalidOperationException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    /// <summary>Creates a client for these settings.</summary>
    /// <param name="clock">The clock to keep right.</param>
    /// <param name="timeout">The limit for each of up to three attempts.</param>
    internal TableServiceClient CreateClient(StorageClock clock, TimeSpan timeout)
    {
        var options = new TableClientOptions
        {
            Retry = { NetworkTimeout = timeout },
            RetryPolicy = new BriefRetryPolicy(),
        };
        options.AddPolicy(clock.CreatePolicy(), HttpPipelinePosition.PerRetry);
        return Endpoint is null
            ? new TableServiceClient(ConnectionString!, options)
            : new TableServiceClient(Endpoint, _credential.Value, options);
    }

    /// <summary>Retries twice, soon. A storage that asks for a longer wait is unavailable.</summary>
    private sealed class BriefRetryPolicy()
        : RetryPolicy(maxRetries: 2, DelayStrategy.CreateExponentialDelayStrategy(TimeSpan.FromMilliseconds(100), LongestWait))
    {
        private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

        protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
            AsksForLongWait(message) ? new(false) : base.ShouldRetryAsync(message, exception);

        protected override bool ShouldRetry(HttpMessage message, Exception? exception) =>
            !AsksForLongWait(message) && base.ShouldRetry(message, exception);

        // A date instead of seconds is rare, and is not a short wait either.
        private static bool AsksForLongWait(HttpMessage message) => message.HasResponse
            && message.Response.Headers.TryGetValue("Retry-After", out var wait)
            && !(int.TryParse(wait, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && TimeSpan.FromSeconds(seconds) <= LongestWait);
    }
}
