[assembly: Xunit.AssemblyFixture(typeof(DeviceCode.Testing.Azurite))]

namespace DeviceCode.Tables.Tests;

using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using DeviceCode.Testing;

/// <summary>Tables that no other test uses, and a look at every request that goes to them.</summary>
internal sealed class TestTables
{
    private TestTables(TableServiceClient service, Wire wire, string prefix)
    {
        Tables = new DeviceCodeTables(service, prefix);
        Wire = wire;
    }

    public DeviceCodeTables Tables { get; }

    public Wire Wire { get; }

    public static TestTables In(Azurite azurite) => At(azurite.ConnectionString);

    public static TestTables At(string connectionString)
    {
        var wire = new Wire();
        var options = new TableClientOptions { Retry = { Delay = TimeSpan.FromMilliseconds(1), MaxRetries = 2 } };
        options.AddPolicy(wire, HttpPipelinePosition.PerRetry);
        return new TestTables(new TableServiceClient(connectionString, options), wire, $"t{Guid.NewGuid():N}"[..20]);
    }

    public async Task<TestTables> CreatedAsync()
    {
        await Tables.CreateAsync(CancellationToken.None);
        Wire.Requests.Clear();
        return this;
    }
}

/// <summary>Sees every request as it is sent, retries included, and can lose an answer on its way back.</summary>
internal sealed class Wire : HttpPipelinePolicy
{
    private readonly Lock _lock = new();
    private int _answersToLose;
    private string _inUrl = "";

    public List<string> Requests { get; } = [];

    /// <summary>The next writes reach the service, but their answers never come back.</summary>
    public void LoseAnswers(int count, string inUrl = "") => (_answersToLose, _inUrl) = (count, inUrl);

    /// <summary>How many requests <paramref name="act"/> sends.</summary>
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
        if (_answersToLose > 0 && message.Request.Method != RequestMethod.Get && message.Request.Uri.ToString().Contains(_inUrl, StringComparison.Ordinal))
        {
            _answersToLose--;
            throw new IOException("The connection broke.");
        }
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();
}
