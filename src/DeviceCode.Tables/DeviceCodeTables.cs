namespace DeviceCode.Tables;

using Azure.Data.Tables;

/// <summary>The tables of the service.</summary>
public sealed class DeviceCodeTables
{
    private const string DeviceAuthorizationsName = "DeviceAuthorizations";
    private const string WrongGuessesName = "WrongGuesses";
    private const string GrantsName = "Grants";
    private const string CredentialsName = "Credentials";

    /// <summary>The names of the tables, without the prefix. A deployment creates these tables.</summary>
    public static readonly IReadOnlyList<string> Names = [DeviceAuthorizationsName, WrongGuessesName, GrantsName, CredentialsName];

    private readonly TableServiceClient _background;

    /// <summary>
    /// Connects to the tables in the storage that <paramref name="options"/> configure, and keeps <paramref name="clock"/> right.
    /// </summary>
    public DeviceCodeTables(TableStorageOptions options, StorageClock clock)
        : this(
            options.CreateClient(clock, TableStorageOptions.RequestTimeout),
            options.CreateClient(clock, TableStorageOptions.BackgroundTimeout),
            options.TablePrefix)
    {
    }

    internal DeviceCodeTables(TableServiceClient service, TableServiceClient background, string prefix)
    {
        _background = background;
        DeviceAuthorizations = service.GetTableClient(prefix + DeviceAuthorizationsName);
        WrongGuesses = service.GetTableClient(prefix + WrongGuessesName);
        Grants = service.GetTableClient(prefix + GrantsName);
        Credentials = service.GetTableClient(prefix + CredentialsName);
    }

    internal TableClient DeviceAuthorizations { get; }

    internal TableClient WrongGuesses { get; }

    internal TableClient Grants { get; }

    internal TableClient Credentials { get; }

    /// <summary>Returns a table for work that no person waits for, and whose requests may take long.</summary>
    internal TableClient InBackground(TableClient table) => _background.GetTableClient(table.Name);

    /// <summary>Sends a first request, so that later ones find a connection. Its result does not matter.</summary>
    public void Connect() => _ = TablePing.RunAsync(WrongGuesses, CancellationToken.None).ContinueWith(
        ping => _ = ping.Exception, TaskScheduler.Default);

    /// <summary>Creates the tables that do not exist.</summary>
    public Task CreateAsync(CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            await DeviceAuthorizations.CreateIfNotExistsAsync(cancellationToken);
            await WrongGuesses.CreateIfNotExistsAsync(cancellationToken);
            await Grants.CreateIfNotExistsAsync(cancellationToken);
            await Credentials.CreateIfNotExistsAsync(cancellationToken);
        },
        cancellationToken);
}
