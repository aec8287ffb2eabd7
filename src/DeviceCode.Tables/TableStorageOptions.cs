namespace DeviceCode.Tables;

using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Azure.Identity;

/// <summary>Where the tables are: the settings under <c>Storage</c>.</summary>
public sealed partial class TableStorageOptions
{
    /// <summary>A storage connection string, for development. Holds a key: in production, set <see cref="Endpoint"/> instead.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// The table endpoint, <c>https://ACCOUNT.table.core.windows.net</c>, reached with the identity that
    /// <c>DefaultAzureCredential</c> finds: a managed identity in Azure (AZURE_CLIENT_ID names a user-assigned one).
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Put before the tables' names, so that several services can share an account: letters and digits, at most 30, a letter first.</summary>
    public string TablePrefix { get; set; } = "";

    /// <summary>Whether missing tables are created at start-up. Off in production, where the deployment creates them.</summary>
    public bool CreateTables { get; set; }

    /// <summary>Whether any storage is configured.</summary>
    public bool IsConfigured => !string.IsNullOrEmpty(ConnectionString) || Endpoint is not null;

    /// <summary>What is wrong with the settings, each with its name and what it may be; nothing when all is well.</summary>
    public IEnumerable<string> Validate()
    {
        if (!IsConfigured)
        {
            yield return "No storage is configured. Set Storage:Endpoint to the table endpoint of the storage account, or Storage:ConnectionString for development.";
        }
        else if (!string.IsNullOrEmpty(ConnectionString) && Endpoint is not null)
        {
            yield return "Storage:ConnectionString and Storage:Endpoint are both set. Keep one of them.";
        }

        if (!string.IsNullOrEmpty(ConnectionString) && !IsConnectionString(ConnectionString))
        {
            yield return "Storage:ConnectionString is not a storage connection string, like DefaultEndpointsProtocol=https;AccountName=…;AccountKey=….";
        }

        if (Endpoint is not null && (!Endpoint.IsAbsoluteUri || Endpoint.Scheme != Uri.UriSchemeHttps))
        {
            yield return "Storage:Endpoint must be an https address, like https://ACCOUNT.table.core.windows.net.";
        }

        if (TablePrefix.Length > 0 && !Prefix.IsMatch(TablePrefix))
        {
            yield return "Storage:TablePrefix must be letters and digits, at most 30, a letter first.";
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

    /// <summary>A client for these settings.</summary>
    internal TableServiceClient CreateClient()
    {
        // A person waits at the other end: better a quick "try again" than a slow answer.
        var options = new TableClientOptions
        {
            Retry = { MaxRetries = 2, Delay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(1), NetworkTimeout = TimeSpan.FromSeconds(5) },
        };
        return Endpoint is null
            ? new TableServiceClient(ConnectionString!, options)
            : new TableServiceClient(Endpoint, new DefaultAzureCredential(), options);
    }
}
