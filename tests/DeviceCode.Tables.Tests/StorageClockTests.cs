namespace DeviceCode.Tables.Tests;

using Azure.Core.Pipeline;
using Azure.Data.Tables;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;

/// <summary>Instances whose machines have different clocks agree on the time of the storage.</summary>
public sealed class StorageClockTests(Azurite azurite)
{
    private readonly TestTime _machine = new();

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task A_clock_follows_the_storage(int seconds)
    {
        var clock = new StorageClock(new SkewedTime(TimeSpan.FromSeconds(seconds)));
        await new DeviceCodeTables(new TableStorageOptions { ConnectionString = azurite.ConnectionString }, clock)
            .CreateAsync(CancellationToken.None);

        // The test and Azurite have the same clock. A slow request proves less.
        Assert.InRange(
            clock.GetUtcNow() - TimeProvider.System.GetUtcNow(), -TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(-120)]
    [InlineData(120)]
    public async Task Two_refreshes_with_one_token_on_instances_whose_clocks_differ_are_no_theft(int seconds)
    {
        var client = new Client { Id = "cli", Scopes = "profile offline_access" };
        var options = new OAuthOptions { Clients = { client } };
        var settings = new TableStorageOptions
        {
            ConnectionString = azurite.ConnectionString,
            TablePrefix = $"t{Guid.NewGuid():N}"[..20],
        };
        var (here, there) = (await InstanceAsync(TimeSpan.Zero), await InstanceAsync(TimeSpan.FromSeconds(seconds)));
        var issued = Assert.IsType<IssueResult.Issued>(await here.Devices.IssueAsync(
            Some.From(Some.Origin()) with { ClientId = client.Id, Scope = client.Scopes }, CancellationToken.None));
        Assert.IsType<DecideResult.Decided>(await there.Devices.DecideAsync(issued.Authorization.UserCode.Reveal()));
        var first = Assert.IsType<TokenResult.Issued>(
            await there.Tokens.RedeemAsync(client, issued.DeviceCode, null, CancellationToken.None));
        var refreshToken = first.RefreshToken!.Reveal();

        var second = Assert.IsType<TokenResult.Issued>(
            await there.Tokens.RefreshAsync(client, refreshToken, null, Some.DeviceOrigin, CancellationToken.None));
        var again = Assert.IsType<TokenResult.Issued>(
            await here.Tokens.RefreshAsync(client, refreshToken, null, Some.DeviceOrigin, CancellationToken.None));

        Assert.Equal(second.RefreshToken!.Reveal(), again.RefreshToken!.Reveal());

        async Task<(DeviceAuthorizationService Devices, TokenService Tokens)> InstanceAsync(TimeSpan skew)
        {
            var clock = new StorageClock(new SkewedTime(skew));
            var tables = new DeviceCodeTables(settings, clock);
            await tables.CreateAsync(CancellationToken.None);
            var registry = new ClientRegistry(options);
            var devices = Some.Service(new TableDeviceAuthorizationStore(tables), time: clock, clients: registry);
            return (devices, new TokenService(devices, new TableGrantStore(tables), registry, options, clock, Some.Metrics));
        }
    }

    [Theory]
    [InlineData("Fri, 01 Jan 2100 00:00:00 GMT", 0, 0)] // within the second
    [InlineData("Fri, 01 Jan 2100 00:00:30 GMT", 0, 30)] // at least
    [InlineData("Thu, 31 Dec 2099 23:59:00 GMT", 0, -59)] // at most: the second is not over
    [InlineData("Fri, 01 Jan 2100 00:00:05 GMT", 10, 0)] // a slow response proves nothing
    [InlineData("yesterday", 0, 0)]
    [InlineData("", 0, 0)]
    public async Task The_least_correction_is_made_that_agrees_with_the_response(string date, int duration, int correction)
    {
        var clock = new StorageClock(_machine);
        var options = new TableClientOptions
        {
            Transport = new HttpClientTransport(new DateHandler(date, () => _machine.Advance(TimeSpan.FromSeconds(duration)))),
        };
        options.AddPolicy(clock.CreatePolicy(), Azure.Core.HttpPipelinePosition.PerRetry);
        await new TableServiceClient(azurite.ConnectionString, options).GetTableClient("any").AddEntityAsync(new TableEntity("p", "r"));

        Assert.Equal(TimeSpan.FromSeconds(correction), clock.GetUtcNow() - _machine.GetUtcNow());
    }

    private sealed class SkewedTime(TimeSpan skew) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + skew;
    }

    private sealed class DateHandler(string date, Action respond) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            respond();
            var response = new HttpResponseMessage(System.Net.HttpStatusCode.NoContent);
            response.Headers.TryAddWithoutValidation("Date", date);
            return Task.FromResult(response);
        }
    }
}
