namespace Azure.Data.Tables;

using Azure.Core;

public class TableServiceClient
{
    private readonly TableProtocol _protocol;

    protected TableServiceClient()
    {
        _protocol = null!;
    }

    public TableServiceClient(string connectionString, TableClientOptions? options = null)
    {
        _protocol = TableProtocol.FromConnectionString(connectionString, options ?? new TableClientOptions());
    }

    public TableServiceClient(Uri endpoint, TokenCredential tokenCredential, TableClientOptions? options = null)
    {
        _protocol = TableProtocol.FromCredential(endpoint, tokenCredential, options ?? new TableClientOptions());
    }

    public virtual TableClient GetTableClient(string tableName) => new(_protocol, tableName);
}
