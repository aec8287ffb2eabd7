namespace DeviceCode.Client.Tests.Service;

/// <summary>Tests the login without OAuth against our own service.</summary>
public sealed class UserLoginTests
{
    [Fact]
    public async Task Ends_with_the_user_and_where_their_keys_are()
    {
        using var service = new LiveService();

        var user = await service.RunAsync(prompt => new UserLogin(LiveService.Address, service.Transport).LoginAsync(prompt));

        Assert.Equal(new SignedInUser("Alice Liddell", "alice@wonderland.example", new Uri("https://example.com/account/api-keys")), user);
    }

    [Fact]
    public async Task Is_denied()
    {
        using var service = new LiveService(LiveService.Deny);

        Assert.Equal(DeviceLoginFailure.Denied, (await FailAsync(service)).Failure);
    }

    [Fact]
    public async Task Expires()
    {
        using var service = new LiveService(LiveService.Ignore, new() { ["DeviceCode:CodeLifetime"] = "00:01:00" });

        var refusal = await FailAsync(service);

        Assert.Equal((DeviceLoginFailure.Expired, "expired_token"), (refusal.Failure, refusal.Error));
        Assert.DoesNotContain(DeviceLoginState.SlowDown, service.States);
        Assert.Contains(DeviceLoginState.Pending, service.States);
    }

    [Fact]
    public async Task Slows_down_when_it_is_told_to()
    {
        using var service = new LiveService(LiveService.Ignore);
        var login = new UserLogin(LiveService.Address, service.Transport);
        var authorization = await login.RequestAsync() with { Interval = TimeSpan.FromSeconds(1) };
        using var cancellation = new CancellationTokenSource();

        var polling = service.RunAsync(prompt => login.PollAsync(authorization, prompt, cancellation.Token));
        while (!service.States.ToArray().Contains(DeviceLoginState.SlowDown))
        {
            await Task.WhenAny(polling, Task.Delay(5));
            Assert.False(polling.IsCompleted);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling);
    }

    [Fact]
    public async Task Cannot_have_a_lost_answer_again_and_says_so()
    {
        using var service = new LiveService();
        service.LoseTheResponse();

        var refusal = await FailAsync(service);

        Assert.Equal((DeviceLoginFailure.InvalidCode, "already_used"), (refusal.Failure, refusal.Error));
        Assert.Equal("The login probably completed, but the response was lost on the network.", refusal.Message);
    }

    [Fact]
    public async Task A_code_of_somebody_else_is_not_known()
    {
        using var service = new LiveService(LiveService.Ignore);
        var login = new UserLogin(LiveService.Address, service.Transport);
        var authorization = await login.RequestAsync() with { DeviceCode = new string('0', 40) };

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(
            () => service.RunAsync(prompt => login.PollAsync(authorization, prompt)));

        Assert.Equal((DeviceLoginFailure.InvalidCode, "not_found"), (refusal.Failure, refusal.Error));
    }

    [Fact]
    public async Task A_wrong_path_is_no_used_up_code()
    {
        using var service = new LiveService();

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(
            () => new UserLogin(new Uri(LiveService.Address, "/wrong"), service.Transport).RequestAsync());

        Assert.Equal((DeviceLoginFailure.Configuration, "not_found"), (refusal.Failure, refusal.Error));
        Assert.DoesNotContain("code", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_is_none()
    {
        await using var other = await WebServer.StartAsync(context => context.Response.StatusCode = 404);

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => new UserLogin(other.Address).RequestAsync());

        Assert.Equal(DeviceLoginFailure.Protocol, refusal.Failure);
    }

    private static Task<DeviceLoginException> FailAsync(LiveService service) =>
        Assert.ThrowsAsync<DeviceLoginException>(
            () => service.RunAsync(prompt => new UserLogin(LiveService.Address, service.Transport).LoginAsync(prompt)));
}
