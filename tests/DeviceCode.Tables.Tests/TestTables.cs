[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Testing.Azurite))]

namespace DeviceCode.Tables.Tests;

using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using DeviceCode.Testing;

/// <summary>Tables of one test, with a record of every request to them.</summary>
internal sealed class TestTables
{
    private TestTables(TableServiceClient service, Wire wire, string prefix)
    {
        Tables = new DeviceCodeTables(service, service, prefix);
        Wire = wire;
    }

    public DeviceCodeTables Tables { get; }

    public Wire Wire { get; }

    public static TestTables In(Azurite azurite) => At(azurite.ConnectionString);

    /// <summary>Tables at an address where nothing listens.</summary>
    public static TestTables Unreachable() =>
        At("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=YQ==;TableEndpoint=http://127.0.0.1:9/a;");

    public async Task<TestTables> CreatedAsync()
    {
        await Tables.CreateAsync(CancellationToken.None);
        Wire.Requests.Clear();
        return this;
    }

    private static TestTables At(string connectionString)
    {
        var wire = new Wire();
        var options = new TableClientOptions { Retry = { Delay = TimeSpan.FromMilliseconds(1), MaxRetries = 2 } };
        options.AddPolicy(wire, HttpPipelinePosition.PerRetry);
        return new TestTables(new TableServiceClient(connectionString, options), wire, $"t{Guid.NewGuid():N}"[..20]);
    }
}

/// <summary>Records every request as it is sent, including retries, and can drop responses.</summary>
internal sealed class Wire : HttpPipelinePolicy
{
    private readonly Lock _lock = new();
    private int _responsesToLose;
    private string _inUrl = "";

    public List<string> Requests { get; } = [];

    /// <summary>Drops the responses of the next writes, which the storage executes.</summary>
    public void LoseResponses(int count, string inUrl = "") => (_responsesToLose, _inUrl) = (count, inUrl);

    /// <summary>Counts the requests that <paramref name="act"/> sends.</summary>
    public async Task<int> CountAsync(Func<Task> act)
    {
        var before = Requests.Count;
        await act();
        return Requests.Count - before;
    }

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        lock (_lock)
        {
            Requests.Add($"{message.Request.Method} {message.Request.Uri}");
        }

        await ProcessNextAsync(message, pipeline);
        var isWrite = message.Request.Method != RequestMethod.Get;
        if (_responsesToLose > 0 && isWrite && message.Request.Uri.ToString().Contains(_inUrl, StringComparison.Ordinal))
        {
            _responsesToLose--;
            throw new IOException("The connection broke.");
        }
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
}
