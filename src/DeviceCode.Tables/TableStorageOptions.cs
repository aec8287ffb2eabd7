namespace DeviceCode.Tables;

using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Azure.Identity;

/// <summary>The settings under <c>Storage</c>: which storage to use.</summary>
public sealed partial class TableStorageOptions
{
    /// <summary>A connection string, for development. It contains a key, so in production set <see cref="Endpoint"/> instead.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// The table endpoint, <c>https://ACCOUNT.table.core.windows.net</c>. The service authenticates with <c>DefaultAzureCredential</c>: in
    /// Azure, with a managed identity (AZURE_CLIENT_ID selects a user-assigned one).
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// A prefix for the table names, so that several services can share an account: at most 30 letters and digits, beginning with a letter.
    /// </summary>
    public string TablePrefix { get; set; } = "";

    /// <summary>Whether to create missing tables at start-up. Off in production, where the deployment creates them.</summary>
    public bool CreateTables { get; set; }

    /// <summary>Whether a storage is configured.</summary>
    public bool IsConfigured => !string.IsNullOrEmpty(ConnectionString) || Endpoint is not null;

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
    internal TableServiceClient CreateClient()
    {
        // A person waits for the response, so fail early rather than retry for long.
        var options = new TableClientOptions
        {
            Retry =
            {
                MaxRetries = 2,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = TimeSpan.FromSeconds(1),
                NetworkTimeout = TimeSpan.FromSeconds(5),
            },
        };
        return Endpoint is null
            ? new TableServiceClient(ConnectionString!, options)
            : new TableServiceClient(Endpoint, new DefaultAzureCredential(), options);
    }
}
