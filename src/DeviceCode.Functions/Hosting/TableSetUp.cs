namespace DeviceCode.Functions.Hosting;

using DeviceCode.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

/// <summary>Creates missing tables at start-up, where that is wanted.</summary>
internal sealed class TableSetUp(DeviceCodeTables tables, IOptions<TableStorageOptions> options) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => options.Value.CreateTables ? tables.CreateAsync(cancellationToken) : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
