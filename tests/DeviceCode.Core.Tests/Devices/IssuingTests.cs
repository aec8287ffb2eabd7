namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Testing;
using Moq;

/// <summary>Issuing codes (RFC 8628 §3.1, §3.2).</summary>
public sealed class IssuingTests
{
    private readonly TestTime _time = new();
    private readonly InMemoryDeviceAuthorizationStore _store = new();
    private readonly DeviceAuthorizationService _service;

    public IssuingTests() => _service = Some.Service(_store, time: _time);

    [Fact]
    public async Task The_stored_authorization_contains_the_whole_request()
    {
        var request = new DeviceAuthorizationRequest("A television", Some.DeviceOrigin)
        {
            ClientId = "tv",
            Scope = "profile",
            CodeChallenge = OAuthWorld.Challenge,
            CodeLifetime = TimeSpan.FromMinutes(7),
            PollingInterval = TimeSpan.FromSeconds(9),
        };

        var issued = Assert.IsType<IssueResult.Issued>(await _service.IssueAsync(request, CancellationToken.None));

        var now = _time.GetUtcNow();
        var expected = new DeviceAuthorization
        {
            Id = issued.Authorization.Id,
            UserCode = issued.DeviceCode.UserCode!.Value,
            DeviceCodeHash = issued.DeviceCode.Hash(),
            ClientId = "tv",
            CodeChallenge = OAuthWorld.Challenge,
            ClientName = "A television",
            Scope = "profile",
            RequestedFrom = Some.DeviceOrigin,
            RequestedAt = now,
            ExpiresAt = now.AddMinutes(7),
            PurgeAfter = now.AddMinutes(67),
            Interval = TimeSpan.FromSeconds(9),
        };
        Assert.Equal(expected, issued.Authorization);
        Assert.Equal(expected, await _store.FindAsync(expected.UserCode, CancellationToken.None));
        Assert.NotEqual(Guid.Empty, expected.Id);
    }

    [Fact]
    public async Task A_request_of_the_login_without_clients_has_no_client_no_scope_and_the_configured_times()
    {
        var authorization = (await _service.IssueAsync()).Authorization;

        Assert.Null(authorization.ClientId);
        Assert.Null(authorization.CodeChallenge);
        Assert.Equal("", authorization.Scope);
        Assert.Equal(_time.GetUtcNow().AddMinutes(15), authorization.ExpiresAt);
        Assert.Equal(TimeSpan.FromSeconds(5), authorization.Interval);
    }

    [Fact]
    public async Task Ten_user_codes_are_drawn_and_no_more()
    {
        var store = new Mock<IDeviceAuthorizationStore>();
        var service = Some.Service(store.Object);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(service.IssueAsync);

        Assert.Contains("10 random user codes", error.Message, StringComparison.Ordinal);
        store.Verify(s => s.TryAddAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<CancellationToken>()), Times.Exactly(10));
    }

    [Fact]
    public async Task The_tenth_user_code_is_issued_when_the_first_nine_are_taken()
    {
        var store = new Mock<IDeviceAuthorizationStore>();
        var draws = 0;
        store.Setup(s => s.TryAddAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<CancellationToken>())).ReturnsAsync(() => ++draws == 10);

        await Some.Service(store.Object).IssueAsync();
    }

    [Fact]
    public async Task Only_the_first_refusal_of_a_network_is_reported_as_such()
    {
        var service = Some.Service(time: _time, options: new DeviceAuthorizationOptions { CodesPerAddress = 1 });
        await service.IssueAsync();

        var refusals = new List<bool>();
        for (var i = 0; i < 3; i++)
        {
            var refused = await service.IssueAsync(Some.From(Some.DeviceOrigin), CancellationToken.None);
            refusals.Add(Assert.IsType<IssueResult.TooMany>(refused).Limit.IsFirst);
        }

        Assert.Equal([true, false, false], refusals);
    }

    [Fact]
    public Task A_request_is_required() =>
        Assert.ThrowsAsync<ArgumentNullException>(() => _service.IssueAsync(null!, CancellationToken.None));
}
