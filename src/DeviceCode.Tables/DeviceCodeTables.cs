namespace DeviceCode.Tables;

using Azure.Data.Tables;

/// <summary>The tables of the service.</summary>
public sealed class DeviceCodeTables
{
    /// <summary>The tables' names, without the prefix: what a deployment has to create.</summary>
    public static readonly IReadOnlyList<string> Names = ["DeviceAuthorizations", "WrongGuesses", "Grants"];

    /// <summary>The tables that <paramref name="options"/> name.</summary>
    public DeviceCodeTables(TableStorageOptions options)
        : this(options.CreateClient(), options.TablePrefix)
    {
    }

    internal DeviceCodeTables(TableServiceClient service, string prefix)
    {
        DeviceAuthorizations = service.GetTableClient(prefix + Names[0]);
        WrongGuesses = service.GetTableClient(prefix + Names[1]);
        Grants = service.GetTableClient(prefix + Names[2]);
    }

    internal TableClient DeviceAuthorizations { get; }

    internal TableClient WrongGuesses { get; }

    internal TableClient Grants { get; }

    /// <summary>Creates the tables that do not exist yet.</summary>
    public Task CreateAsync(CancellationToken cancellationToken) => StorageFaults.Translate(
        async () =>
        {
            await DeviceAuthorizations.CreateIfNotExistsAsync(cancellationToken);
            await WrongGuesses.CreateIfNotExistsAsync(cancellationToken);
            await Grants.CreateIfNotExistsAsync(cancellationToken);
            return true;
        },
        cancellationToken);
}
