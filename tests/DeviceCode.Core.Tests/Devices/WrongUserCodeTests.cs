namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;
using DeviceCode.Testing;
using Moq;

/// <summary>Wrong user codes, and which of them count as guesses (RFC 8628 §5.1).</summary>
public sealed class WrongUserCodeTests
{
    private readonly TestTime _time = new();
    private readonly InMemoryDeviceAuthorizationStore _store = new();
    private readonly DeviceAuthorizationService _service;

    public WrongUserCodeTests() => _service = Some.Service(_store, time: _time);

    [Fact]
    public async Task A_malformed_code_is_not_a_guess_and_costs_no_storage_request()
    {
        var store = new Mock<IDeviceAuthorizationStore>(MockBehavior.Strict);
        var service = Some.Service(store.Object, time: _time);

        Assert.Equal(new UserCodeRejection.Invalid(IsGuess: false), (await service.InspectAsync("not a code")).Rejection());
        Assert.Equal(new UserCodeRejection.Invalid(IsGuess: false), (await service.DecideAsync("not a code")).Rejection());
    }

    [Fact]
    public async Task An_unknown_code_is_a_guess()
    {
        Assert.Equal(new UserCodeRejection.Invalid(IsGuess: true), (await _service.InspectAsync("BBBB-BBBB")).Rejection());
        Assert.Equal(new UserCodeRejection.Invalid(IsGuess: true), (await _service.DecideAsync("BBBB-BBBB")).Rejection());
    }

    [Fact]
    public async Task A_code_that_another_approver_decides_meanwhile_is_not_a_guess()
    {
        var store = new Mock<IDeviceAuthorizationStore>();
        store.Setup(s => s.FindAsync(It.IsAny<UserCode>(), It.IsAny<CancellationToken>())).Returns(_store.FindAsync);
        var guesses = new Core.Guesses.InMemoryWrongGuessStore();
        var userCode = (await _service.IssueAsync()).Authorization.UserCode.Reveal();

        store.Setup(s => s.TryDecideAsync(It.IsAny<DeviceAuthorization>(), It.IsAny<Decision>(), It.IsAny<CancellationToken>())).Returns(
            async (DeviceAuthorization read, Decision _, CancellationToken token) =>
            {
                Assert.True(await _store.TryDecideAsync(read, Some.Decision(by: "bob"), token));
                return false;
            });
        var decided = await Some.Service(store.Object, guesses, _time).DecideAsync(userCode);

        Assert.Equal(new UserCodeRejection.Invalid(IsGuess: false), decided.Rejection());
        Assert.Empty(await guesses.ReadAsync(DateTimeOffset.MinValue, CancellationToken.None));
    }

    [Fact]
    public async Task A_right_code_shows_the_time_that_is_left()
    {
        var userCode = (await _service.IssueAsync()).Authorization.UserCode.Reveal();
        _time.Advance(TimeSpan.FromMinutes(4));

        var shown = Assert.IsType<InspectResult.Pending>(await _service.InspectAsync(userCode));
        Assert.Equal(TimeSpan.FromMinutes(11), shown.ExpiresIn);
    }
}
