namespace DeviceCode.Functions.Tests.Logins;

using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Logins;
using DeviceCode.Functions.Tests.OAuth;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Moq;

/// <summary>The timer function that ends the logins of disabled accounts.</summary>
public sealed class DirectoryFunctionTests : IDisposable
{
    private readonly Mock<IUserDirectory> _directory = new();
    private readonly OAuthService _oauth = new();

    public void Dispose() => _oauth.Dispose();

    [Fact]
    public async Task The_logins_of_a_disabled_account_end_and_each_is_an_audit_event()
    {
        var tokens = await _oauth.SignInAsync("cli");
        _directory.Setup(directory => directory.FindGoneAsync(It.IsAny<IReadOnlyList<User>>(), It.IsAny<CancellationToken>()))
            .ReturnsAsync((IReadOnlyList<User> users, CancellationToken _) => users);

        await RunAsync(_directory.Object);

        Assert.False(await _oauth.IsActiveAsync(tokens["access_token"]));
        Assert.Single(_oauth.Service.Logged, line => line.Contains(" was ended by the directory ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fault_is_logged_and_ends_nothing(bool ofTheDirectory)
    {
        var tokens = await _oauth.SignInAsync("cli");
        _directory.Setup(directory => directory.FindGoneAsync(It.IsAny<IReadOnlyList<User>>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(ofTheDirectory
                ? new DirectoryUnavailableException("Graph is down.")
                : new StoreUnavailableException("Tables are down."));

        await RunAsync(_directory.Object);

        Assert.True(await _oauth.IsActiveAsync(tokens["access_token"]));
        Assert.Single(
            _oauth.Service.Logged,
            line => line.StartsWith("Error The logins of disabled accounts cannot be ended: ", StringComparison.Ordinal)
                && line.Contains("down.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_directory_nothing_happens()
    {
        var tokens = await _oauth.SignInAsync("cli");

        await RunAsync();

        Assert.True(await _oauth.IsActiveAsync(tokens["access_token"]));
    }

    private Task RunAsync(params IUserDirectory[] directories)
    {
        var services = _oauth.Service.Services;
        return new DirectoryFunction(
            services.GetRequiredService<LoginService>(), directories, services.GetRequiredService<LoginAudit>())
            .RunAsync(new TimerInfo(), CancellationToken.None);
    }
}
