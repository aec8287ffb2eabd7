namespace DeviceCode.Functions.Tests.Http;

using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;
using DeviceCode.Testing;
using Microsoft.Extensions.DependencyInjection;
using Moq;

/// <summary>The responses when the service itself fails.</summary>
public sealed class FaultTests
{
    private const string Secret = "something that no client may read";
    private const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

    public static TheoryData<string, object?> Requests => new()
    {
        { "/auth/device/code", null },
        { "/auth/device/token", new { device_code = Some.NewDeviceCode().Reveal() } },
        { "/auth/device/inspect", new { user_code = "BDWP-HQPK" } },
        { "/auth/device/authorize", new { user_code = "BDWP-HQPK" } },
        { "/oauth/device/code", new { client_id = "cli" } },
        { "/oauth/token", new { client_id = "cli", grant_type = DeviceGrant, device_code = Some.NewDeviceCode().Reveal() } },
        { "/oauth/token", new { client_id = "cli", grant_type = "refresh_token", refresh_token = TokenOf(TokenKind.Refresh) } },
        { "/oauth/revoke", new { client_id = "cli", token = TokenOf(TokenKind.Access) } },
        { "/oauth/introspect", new { client_id = "api", client_secret = "development-secret", token = TokenOf(TokenKind.Access) } },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Without_its_storage_the_response_is_a_503_with_Retry_After(string path, object? body)
    {
        using var service = Failing(new StoreUnavailableException(Secret));

        var response = (await service.PostAsync(path, body, AuthorizationFor(path))).IsError(
            503,
            "temporarily_unavailable",
            "The service cannot reach its storage or its identity provider. Nothing is lost; try again in a few seconds.");

        Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter?.Delta);
        Assert.Contains(service.Logged, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_defect_causes_a_500_without_details(string path, object? body)
    {
        using var service = Failing(new InvalidOperationException(Secret));

        (await service.PostAsync(path, body, AuthorizationFor(path))).IsError(
            500, "server_error", "The service failed. Try again; if the error persists, report the time to the operator.");

        Assert.Contains(
            service.Logged,
            line => line.Contains(Secret, StringComparison.Ordinal) && line.Contains("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failures_of_the_background_work_do_not_stop_the_service()
    {
        var reads = 0;
        var guesses = new Mock<IWrongGuessStore>();
        guesses.Setup(g => g.ReadAsync(It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .Callback(() => Interlocked.Increment(ref reads)).ThrowsAsync(new IOException("broken"));
        using var service = new TestService(configure: services => services.AddSingleton(guesses.Object));

        while (Volatile.Read(ref reads) < 3)
        {
            service.Time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        await service.IssueAsync();
    }

    private static string TokenOf(TokenKind kind) => new Token(kind, Guid.NewGuid(), new byte[Token.SecretBytes]).Reveal();

    private static string? AuthorizationFor(string path) => path.StartsWith("/oauth/", StringComparison.Ordinal) ? null : TestService.Alice;

    private static TestService Failing(Exception fault)
    {
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.TryAddAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<CancellationToken>())).ThrowsAsync(fault);
        store.Setup(s => s.FindAsync(It.IsAny<UserCode>(), It.IsAny<CancellationToken>())).ThrowsAsync(fault);

        var grants = new Mock<IGrantStore>();
        grants.Setup(g => g.FindAsync(It.IsAny<Guid>(), It.IsAny<CancellationToken>())).ThrowsAsync(fault);
        return new TestService(configure: services => services.AddSingleton(store.Object).AddSingleton(grants.Object));
    }
}
