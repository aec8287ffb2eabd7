namespace DeviceCode.Functions.Tests.Health;

using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using Microsoft.Extensions.DependencyInjection;
using Moq;

/// <summary><c>GET /healthz</c>.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_healthy_service_returns_its_version()
    {
        using var service = new TestService();
        var response = (await GetAsync(service)).IsWellFormed();
        Assert.Equal((200, "healthy"), (response.Status, response["status"]));
        Assert.Matches(@"^\d+\.\d+\.\d+", response["version"]);
        Assert.Equal(200, (await service.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/healthz"))).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_unhealthy_when_either_table_does_not_respond(bool devices)
    {
        var store = new Mock<IDeviceAuthorizationStore>();
        var guesses = new Mock<IWrongGuessStore> { DefaultValue = DefaultValue.Empty };
        guesses.Setup(g => g.ReadAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).ReturnsAsync([]);
        if (devices)
        {
            store.Setup(s => s.PingAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new StoreUnavailableException("down"));
        }
        else
        {
            guesses.Setup(g => g.PingAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new StoreUnavailableException("down"));
        }

        using var service = new TestService(configure: services => services.AddSingleton(store.Object).AddSingleton(guesses.Object));
        (await GetAsync(service)).IsError(503, "temporarily_unavailable");
    }

    private static Task<ServiceResponse> GetAsync(TestService service) =>
        service.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/healthz"));
}
