namespace DeviceCode.Testing;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;

/// <summary>
/// Logins during which the registration of the client changes, or requests are repeated. Every store must give the same results.
/// </summary>
public abstract class PolicySuite
{
    private static readonly UserCodeRejection WrongButNoGuess = new UserCodeRejection.Invalid(IsGuess: false);

    private OAuthWorld? _world;

    protected abstract IGrantStore Grants { get; }

    protected abstract IDeviceAuthorizationStore Devices { get; }

    private OAuthWorld World => _world ??= new OAuthWorld(Devices, Grants);

    // Scopes that are removed from the registration.

    [Fact]
    public async Task A_scope_that_was_removed_since_the_request_is_not_shown_and_not_granted()
    {
        var (deviceCode, userCode) = await World.IssueAsync();
        World.Client.Scopes = "email offline_access";

        var shown = Assert.IsType<InspectResult.Pending>(await World.Devices.InspectAsync(userCode));
        Assert.Equal("email offline_access", shown.Authorization.Scope);
        await World.Devices.DecideAsync(userCode);

        var tokens = Assert.IsType<TokenResult.Issued>(await World.RedeemAsync(deviceCode));
        Assert.Equal("email offline_access", tokens.Scope);
        Assert.Equal("email offline_access", (await World.IntrospectAsync(tokens.AccessToken))!.Scope);
    }

    [Fact]
    public async Task A_scope_that_was_removed_since_the_approval_is_not_granted()
    {
        var code = await World.ApprovedAsync();
        World.Client.Scopes = "email";

        Assert.Equal("email", Assert.IsType<TokenResult.Issued>(await World.RedeemAsync(code)).Scope);
    }

    [Fact]
    public async Task A_scope_that_was_removed_since_the_login_is_not_active_and_not_refreshed()
    {
        var first = await RedeemedAsync();
        World.Client.Scopes = "offline_access profile";

        Assert.Equal("profile offline_access", (await World.IntrospectAsync(first.AccessToken))!.Scope);
        Assert.Equal("profile offline_access", (await World.IntrospectAsync(first.RefreshToken!))!.Scope);
        var second = Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(first.RefreshToken!));
        Assert.Equal("profile offline_access", second.Scope);

        // A repeated request gets the same tokens, with the scopes of now.
        World.Client.Scopes = "offline_access";
        var repeated = Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(first.RefreshToken!));
        Assert.Equal("offline_access", repeated.Scope);
        Assert.Equal(second.AccessToken.Reveal(), repeated.AccessToken.Reveal());
        Assert.Equal(second.RefreshToken!.Reveal(), repeated.RefreshToken!.Reveal());
    }

    [Fact]
    public async Task Of_the_requested_scopes_a_refresh_grants_those_that_are_left()
    {
        var first = await RedeemedAsync();
        World.Client.Scopes = "profile offline_access";

        var second = Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(first.RefreshToken!, "email profile"));
        Assert.Equal("profile", second.Scope);
        IsRefused(OAuthError.InvalidScope, await World.RefreshAsync(second.RefreshToken!, "email"));
        IsRefused(OAuthError.InvalidScope, await World.RefreshAsync(second.RefreshToken!, "admin"));
        Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(second.RefreshToken!, "profile"));
    }

    [Fact]
    public async Task When_no_scope_is_left_nothing_is_approved_granted_refreshed_or_active()
    {
        var (_, pending) = await World.IssueAsync();
        var approved = await World.ApprovedAsync();
        var tokens = await RedeemedAsync();
        World.Client.Scopes = "other";

        Assert.Equal(WrongButNoGuess, (await World.Devices.InspectAsync(pending)).Rejection());
        Assert.Equal(WrongButNoGuess, (await World.Devices.DecideAsync(pending)).Rejection());
        IsRefused(OAuthError.InvalidGrant, await World.RedeemAsync(approved));
        IsRefused(OAuthError.InvalidGrant, await World.RefreshAsync(tokens.RefreshToken!));
        Assert.Null(await World.IntrospectAsync(tokens.AccessToken));
        Assert.Null(await World.IntrospectAsync(tokens.RefreshToken!));

        // Nothing was spent: the operator may have made a mistake.
        World.Client.Scopes = "profile email offline_access";
        Assert.IsType<TokenResult.Issued>(await World.RedeemAsync(approved));
        Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(tokens.RefreshToken!));
        Assert.NotNull(await World.IntrospectAsync(tokens.AccessToken));
    }

    [Fact]
    public async Task A_login_without_scopes_needs_none()
    {
        World.Client.Scopes = "";
        var (deviceCode, userCode) = await World.IssueAsync(scope: "");
        Assert.IsType<InspectResult.Pending>(await World.Devices.InspectAsync(userCode));
        await World.Devices.DecideAsync(userCode);

        var tokens = Assert.IsType<TokenResult.Issued>(await World.RedeemAsync(deviceCode));
        Assert.Equal("", tokens.Scope);
        Assert.NotNull(await World.IntrospectAsync(tokens.AccessToken));
        Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(tokens.RefreshToken!));
    }

    // Grants and clients that are removed from the registration.

    [Fact]
    public async Task Without_the_grant_refresh_token_a_refresh_token_is_not_active_and_an_access_token_is()
    {
        var tokens = await RedeemedAsync();
        World.Client.Grants = ClientGrants.DeviceCode;

        Assert.Null(await World.IntrospectAsync(tokens.RefreshToken!));
        Assert.NotNull(await World.IntrospectAsync(tokens.AccessToken));
        Assert.Null((await RedeemedAsync()).RefreshToken);
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("removed")]
    [InlineData("without the device grant")]
    public async Task A_login_that_its_client_cannot_complete_cannot_be_approved_and_is_not_a_guess(string change)
    {
        var (_, userCode) = await World.IssueAsync();
        switch (change)
        {
            case "disabled":
                World.Client.Enabled = false;
                break;
            case "removed":
                _world = new OAuthWorld(Devices, Grants, client => client.Id = "new");
                break;
            default:
                World.Client.Grants = ClientGrants.RefreshToken;
                break;
        }

        Assert.Equal(WrongButNoGuess, (await World.Devices.InspectAsync(userCode)).Rejection());
        Assert.Equal(WrongButNoGuess, (await World.Devices.DecideAsync(userCode)).Rejection());
        Assert.Equal(WrongButNoGuess, (await World.Devices.DecideAsync(userCode, approve: false)).Rejection());
    }

    // Repeated decisions.

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_same_approver_may_repeat_the_same_decision_until_it_expires(bool approve)
    {
        var (deviceCode, userCode) = await World.IssueAsync();
        var first = Assert.IsType<DecideResult.Decided>(await World.Devices.DecideAsync(userCode, approve));
        Assert.False(first.IsRepeated);
        for (var i = 0; i < 6; i++)
        {
            var again = Assert.IsType<DecideResult.Decided>(await World.Devices.DecideAsync(userCode, approve));
            Assert.Equal((first.Decision.Id, true), (again.Decision.Id, again.IsRepeated));
        }

        await World.RedeemAsync(deviceCode);
        Assert.IsType<DecideResult.Decided>(await World.Devices.DecideAsync(userCode, approve));

        World.Time.Advance(TimeSpan.FromMinutes(18));
        Assert.Equal(WrongButNoGuess, (await World.Devices.DecideAsync(userCode, approve)).Rejection());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_approver_cannot_change_a_decision_or_inspect_it_and_neither_is_a_guess(bool approve)
    {
        var (deviceCode, userCode) = await World.IssueAsync();
        await World.Devices.DecideAsync(userCode, approve);
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(WrongButNoGuess, (await World.Devices.DecideAsync(userCode, !approve)).Rejection());
            Assert.Equal(WrongButNoGuess, (await World.Devices.InspectAsync(userCode)).Rejection());
        }

        Assert.Equal(approve, await World.RedeemAsync(deviceCode) is TokenResult.Issued);
    }

    [Fact]
    public async Task Another_approver_is_rejected_without_a_guess_even_for_the_same_decision()
    {
        var (_, userCode) = await World.IssueAsync();
        await World.Devices.DecideAsync(userCode, by: "alice");
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(WrongButNoGuess, (await World.Devices.DecideAsync(userCode, by: "bob")).Rejection());
            Assert.Equal(WrongButNoGuess, (await World.Devices.InspectAsync(userCode, by: "bob")).Rejection());
        }

        // An expired code is a guess of anyone but its approver.
        World.Time.Advance(TimeSpan.FromMinutes(18));
        Assert.Equal(WrongButNoGuess, (await World.Devices.InspectAsync(userCode, by: "alice")).Rejection());
        Assert.Equal(new UserCodeRejection.Invalid(IsGuess: true), (await World.Devices.InspectAsync(userCode, by: "bob")).Rejection());
    }

    [Fact]
    public async Task Of_many_approvers_at_once_one_decides_and_none_has_guessed()
    {
        var (_, userCode) = await World.IssueAsync();
        var results = await Racing.RunAsync(8, i => World.Devices.DecideAsync(userCode, by: $"user {i}"));

        Assert.Single(results.OfType<DecideResult.Decided>());
        Assert.All(results.OfType<DecideResult.Rejected>(), rejected => Assert.Equal(WrongButNoGuess, rejected.Reason));
    }

    [Fact]
    public async Task Of_many_equal_decisions_of_one_approver_all_succeed_and_one_is_the_first()
    {
        var (_, userCode) = await World.IssueAsync();
        var results = await Racing.RunAsync(8, _ => World.Devices.DecideAsync(userCode));

        Assert.Single(results, result => Assert.IsType<DecideResult.Decided>(result) is { IsRepeated: false });
    }

    // Repeated refreshes.

    [Fact]
    public async Task Within_the_grace_a_spent_refresh_token_gets_a_working_access_token_although_the_first_has_expired()
    {
        World.Options.RefreshGrace = TimeSpan.FromMinutes(5);
        World.Client.AccessTokenLifetime = TimeSpan.FromMinutes(1);
        var first = await RedeemedAsync();
        var second = Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(first.RefreshToken!));

        for (var i = 0; i < 4; i++)
        {
            World.Time.Advance(TimeSpan.FromSeconds(63));
            var again = Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(first.RefreshToken!));
            Assert.Equal(second.RefreshToken!.Reveal(), again.RefreshToken!.Reveal());
            Assert.Equal(TimeSpan.FromMinutes(1), again.ExpiresIn);
            Assert.NotNull(await World.IntrospectAsync(again.AccessToken));
        }

        Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(second.RefreshToken!));
    }

    [Fact]
    public async Task Within_the_grace_a_spent_refresh_token_gets_a_working_access_token_although_the_first_was_revoked()
    {
        var first = await RedeemedAsync();
        var second = Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(first.RefreshToken!, "email"));
        await World.RevokeAsync(second.AccessToken);

        var again = Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(first.RefreshToken!, "email"));
        Assert.Equal(("email", second.RefreshToken!.Reveal()), (again.Scope, again.RefreshToken!.Reveal()));
        Assert.NotNull(await World.IntrospectAsync(again.AccessToken));
        Assert.Null(await World.IntrospectAsync(second.AccessToken));
    }

    [Fact]
    public async Task Many_repeated_refreshes_at_once_all_get_working_tokens()
    {
        var first = await RedeemedAsync();
        var second = Assert.IsType<TokenResult.Issued>(await World.RefreshAsync(first.RefreshToken!));
        await World.RevokeAsync(second.AccessToken);

        var results = await Racing.RunAsync(8, _ => World.RefreshAsync(first.RefreshToken!));

        foreach (var issued in results.Select(result => Assert.IsType<TokenResult.Issued>(result)))
        {
            Assert.Equal(second.RefreshToken!.Reveal(), issued.RefreshToken!.Reveal());
            Assert.NotNull(await World.IntrospectAsync(issued.AccessToken));
        }
    }

    // PKCE.

    [Fact]
    public async Task A_verifier_without_a_challenge_is_rejected_and_spends_nothing()
    {
        var code = await World.ApprovedAsync();

        IsRefused(OAuthError.InvalidGrant, await World.RedeemAsync(code, OAuthWorld.Verifier));
        Assert.IsType<TokenResult.Issued>(await World.RedeemAsync(code));
    }

    private static void IsRefused(string error, TokenResult result)
    {
        var refused = Assert.IsType<TokenResult.Refused>(result);
        Assert.Equal(error, refused.Error);
        Assert.NotEmpty(refused.Description);
    }

    private async Task<TokenResult.Issued> RedeemedAsync() =>
        Assert.IsType<TokenResult.Issued>(await World.RedeemAsync(await World.ApprovedAsync()));
}
