namespace DeviceCode.Functions.Tests.Health;

using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Microsoft.Extensions.DependencyInjection;
using Moq;

/// <summary><c>GET /healthz</c>.</summary>
public sealed class HealthTests : IDisposable
{
    private readonly Mock<IDeviceAuthorizationStore> _devices = new();
    private readonly Mock<IWrongGuessStore> _guesses = new() { DefaultValue = DefaultValue.Empty };
    private readonly Mock<IGrantStore> _grants = new();
    private readonly TestService _service;
    private int _pings;

    public HealthTests()
    {
        _guesses.Setup(g => g.ReadAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        _devices.Setup(s => s.PingAsync(It.IsAny<CancellationToken>())).Callback(() => _pings++).Returns(Task.CompletedTask);
        _guesses.Setup(s => s.PingAsync(It.IsAny<CancellationToken>())).Callback(() => _pings++).Returns(Task.CompletedTask);
        _grants.Setup(s => s.PingAsync(It.IsAny<CancellationToken>())).Callback(() => _pings++).Returns(Task.CompletedTask);
        _service = new TestService(configure: services => services
            .AddSingleton(_devices.Object).AddSingleton(_guesses.Object).AddSingleton(_grants.Object));
    }

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task A_healthy_service_returns_its_version()
    {
        var response = (await GetAsync()).IsWellFormed();
        Assert.Equal((200, "healthy"), (response.Status, response["status"]));
        Assert.Matches(@"^\d+\.\d+\.\d+", response["version"]);
        Assert.Equal(200, (await _service.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/healthz"))).Status);
    }

    [Fact]
    public async Task Checks_cost_one_storage_request_in_two_seconds()
    {
        for (var seconds = 0; seconds < 6; seconds++)
        {
            await Racing.RunAsync(10, _ => GetAsync());
            Assert.Equal((seconds / 2) + 1, _pings);
            _service.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task It_is_unhealthy_once_a_table_does_not_respond_and_until_it_does(int table)
    {
        var isDown = true;
        Func<Task> ping = () => isDown ? throw new StoreUnavailableException("down") : Task.CompletedTask;
        _ = table switch
        {
            0 => (object)_devices.Setup(s => s.PingAsync(It.IsAny<CancellationToken>())).Returns(ping),
            1 => _guesses.Setup(s => s.PingAsync(It.IsAny<CancellationToken>())).Returns(ping),
            _ => _grants.Setup(s => s.PingAsync(It.IsAny<CancellationToken>())).Returns(ping),
        };

        for (var check = 0; check < table; check++)
        {
            Assert.Equal(200, (await GetAsync()).Status);
            _service.Time.Advance(TimeSpan.FromSeconds(2));
        }

        for (var check = 0; check < 3; check++)
        {
            (await GetAsync()).IsError(503, "temporarily_unavailable");
            _service.Time.Advance(TimeSpan.FromSeconds(2));
        }

        isDown = false;
        Assert.Equal(200, (await GetAsync()).Status);
    }

    private Task<ServiceResponse> GetAsync() => _service.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/healthz"));
}
