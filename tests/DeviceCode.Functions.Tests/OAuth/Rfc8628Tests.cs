namespace DeviceCode.Functions.Tests.OAuth;

using System.Text;

/// <summary>OAuth 2.0 Device Authorization Grant, section by section.</summary>
public sealed class Rfc8628Tests : IDisposable
{
    private readonly OAuthService _oauth = new();

    public void Dispose() => _oauth.Dispose();

    [Fact]
    public async Task S3_1_client_id_is_required()
    {
        (await _oauth.PostAsync("/oauth/device/code", ("scope", "profile"))).IsOAuthError("invalid_request");
        (await _oauth.PostAsync("/oauth/device/code", ("client_id", ""), ("scope", "profile"))).IsOAuthError("invalid_request");
    }

    [Fact]
    public async Task S3_1_an_unknown_or_disabled_client_is_rejected()
    {
        (await _oauth.DeviceCodeAsync("nobody")).IsOAuthError("invalid_client", 401);
        (await _oauth.DeviceCodeAsync("off")).IsOAuthError("invalid_client", 401);
        (await _oauth.DeviceCodeAsync("CLI")).IsOAuthError("invalid_client", 401);
    }

    [Fact]
    public async Task S3_1_a_client_with_a_secret_must_authenticate()
    {
        (await _oauth.DeviceCodeAsync("confidential")).IsOAuthError("invalid_client", 401);
        Assert.Equal(200, (await _oauth.DeviceCodeAsync("confidential", ("client_secret", OAuthService.Secret))).Status);
        var response = await _oauth.PostAsync(
            "/oauth/device/code", OAuthService.Basic("confidential", OAuthService.Secret), ("scope", "email"));
        Assert.Equal(200, response.Status);
    }

    [Fact]
    public async Task S3_1_a_client_without_this_grant_type_is_rejected() =>
        (await _oauth.PostAsync("/oauth/device/code", OAuthService.Basic("resource", OAuthService.Secret), ("scope", "")))
            .IsOAuthError("unauthorized_client");

    [Theory]
    [InlineData("admin")]
    [InlineData("profile admin")]
    [InlineData("PROFILE")]
    [InlineData("pro\"file")]
    [InlineData("pröfile")]
    [InlineData(" ")]
    public async Task S3_1_a_malformed_or_disallowed_scope_is_rejected(string scope) =>
        (await _oauth.DeviceCodeAsync("cli", ("scope", scope))).IsOAuthError("invalid_scope");

    [Fact]
    public async Task S3_1_unknown_or_empty_parameters_are_ignored_and_repeated_ones_rejected()
    {
        var response = await _oauth.DeviceCodeAsync(
            "cli", ("unknown", "x"), ("Client_Secret", "x"), ("scope", ""), ("code_challenge", ""));
        Assert.Equal(200, response.Status);
        (await _oauth.DeviceCodeAsync("cli", ("scope", "profile"), ("scope", "profile"))).IsOAuthError("invalid_request");
        (await _oauth.DeviceCodeAsync("cli", ("client_id", "cli"))).IsOAuthError("invalid_request");
        Assert.Equal(200, (await _oauth.DeviceCodeAsync("cli", ("unknown", "x"), ("unknown", "x"))).Status);
    }

    [Theory]
    [InlineData("client_id=cli&CLIENT_ID=x", 200)]
    [InlineData("CLIENT_ID=cli", 400)]
    [InlineData("client_id=cli&Client_Secret=x&SCOPE=unknown", 200)]
    [InlineData("client_id=cli&scope=&scope=profile", 200)]
    [InlineData("client_id=cli&scope=profile&scope=", 200)]
    [InlineData("client_id=&client_id=cli", 200)]
    [InlineData("client_id&client_id=cli", 200)]
    [InlineData("client_id=cli&scope", 200)]
    [InlineData("client_id=cli&client_secret", 200)]
    [InlineData("client_id=cli&client_id=cli", 400)]
    [InlineData("client_id=cli&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example", 200)]
    [InlineData("client_id=cli&resource=a&resource=b", 200)]
    [InlineData("client_id=cli&audience=a&audience=b&audience=a", 200)]
    [InlineData("?client_id=cli", 400)]
    [InlineData("?client_id=x&client_id=cli", 200)]
    [InlineData("&&client_id=cli&&", 200)]
    [InlineData("client_id=cli&=x&=y", 200)]
    public async Task S3_1_the_parameters_of_a_form_are_read_as_RFC_6749_describes(string form, int status)
    {
        var response = await _oauth.Service.PostBytesAsync(
            "/oauth/device/code", Encoding.ASCII.GetBytes(form), "application/x-www-form-urlencoded");
        Assert.Equal(status, response.Status);
        if (status == 400)
        {
            response.IsOAuthError("invalid_request");
        }
    }

    [Theory]
    [InlineData("ISO-8859-1")]
    [InlineData("iso-8859-15")]
    [InlineData("us-ascii")]
    [InlineData("utf8")]
    [InlineData("\"UTF-8\"")]
    [InlineData("windows-1252")]
    [InlineData("unknown")]
    [InlineData("")]
    public async Task S3_1_the_charset_of_a_form_is_ignored(string charset)
    {
        var contentType = $"application/x-www-form-urlencoded; charset={charset}";
        Assert.Equal(200, (await PostAsync("client_id=cli"u8.ToArray())).Status);
        (await PostAsync([.. "client_id=cli&x="u8, 0xe9])).IsOAuthError("invalid_request");

        Task<ServiceResponse> PostAsync(byte[] form) => _oauth.Service.PostBytesAsync("/oauth/device/code", form, contentType);
    }

    [Fact]
    public async Task S3_1_a_client_that_authenticates_otherwise_needs_no_body()
    {
        Assert.Equal(200, (await PostAsync("/oauth/device/code", "confidential", OAuthService.Secret)).Status);
        foreach (var path in new[] { "/oauth/device/token", "/oauth/token", "/oauth/revoke" })
        {
            var response = (await PostAsync(path, "confidential", OAuthService.Secret)).IsOAuthError("invalid_request");
            Assert.Contains(path is "/oauth/revoke" ? "parameter token" : "parameter grant_type", response["error_description"]);
        }

        (await PostAsync("/oauth/introspect", "api", "development-secret")).IsOAuthError("invalid_request");
    }

    [Fact]
    public async Task S3_1_the_client_is_authenticated_before_the_parameters_are_checked()
    {
        foreach (var path in new[] { "/oauth/device/code", "/oauth/device/token", "/oauth/token", "/oauth/revoke", "/oauth/introspect" })
        {
            (await PostAsync(path, "confidential", "wrong")).IsOAuthError("invalid_client", 401);
            (await PostAsync(path, "unknown", "x")).IsOAuthError("invalid_client", 401);
            (await _oauth.Service.PostAsync(path)).IsOAuthError("invalid_request");
        }
    }

    [Fact]
    public async Task S3_1_parameters_in_the_URL_are_ignored() =>
        (await _oauth.PostAsync("/oauth/device/code?client_id=cli", ("scope", "profile"))).IsOAuthError("invalid_request");

    [Fact]
    public async Task S3_2_the_response_has_everything_that_a_device_needs()
    {
        var response = (await _oauth.DeviceCodeAsync("cli", ("scope", "profile"))).IsWellFormed();

        Assert.Equal(200, response.Status);
        Assert.Equal(
            ["device_code", "user_code", "verification_uri", "verification_uri_complete", "expires_in", "interval"], response.Members());
        Assert.Matches("^[0-9a-f]{40}$", response["device_code"]);
        Assert.Equal($"{response["verification_uri"]}?user_code={response["user_code"]}", response["verification_uri_complete"]);
        Assert.Equal(("900", "5"), (response["expires_in"], response["interval"]));
    }

    [Fact]
    public async Task S3_2_a_client_can_have_its_own_code_lifetime_and_interval()
    {
        var response = await _oauth.DeviceCodeAsync("slow");
        Assert.Equal(("300", "20"), (response["expires_in"], response["interval"]));

        await _oauth.PollAsync(response["device_code"]!, "slow");
        _oauth.Advance(19);
        var slowDown = (await _oauth.PollAsync(response["device_code"]!, "slow")).IsOAuthError("slow_down");
        Assert.Equal("25", slowDown["interval"]);
        _oauth.Advance(281);
        (await _oauth.PollAsync(response["device_code"]!, "slow")).IsOAuthError("expired_token");
    }

    [Fact]
    public async Task S3_3_the_approver_sees_the_client_and_the_scopes()
    {
        var codes = await _oauth.DeviceCodeAsync("cli", ("scope", "email  profile email"));
        var withScope = await _oauth.Service.InspectAsync(codes["user_code"]!);
        Assert.Equal(("The example command line", "email profile"), (withScope["client_name"], withScope["scope"]));

        var withoutScope = await _oauth.Service.InspectAsync((await _oauth.DeviceCodeAsync("slow"))["user_code"]!);
        Assert.Equal(("slow", "profile"), (withoutScope["client_name"], withoutScope["scope"]));
    }

    [Fact]
    public async Task S3_4_both_token_endpoints_exchange_a_device_code_for_tokens()
    {
        foreach (var path in new[] { "/oauth/device/token", "/oauth/token" })
        {
            var response = await _oauth.PostAsync(
                path, ("grant_type", OAuthService.DeviceGrant), ("client_id", "cli"), ("device_code", await _oauth.ApprovedAsync()));
            Assert.Equal(200, response.Status);
        }
    }

    [Fact]
    public async Task S3_4_grant_type_and_device_code_are_required()
    {
        var clientId = ("client_id", "cli");
        var grantType = ("grant_type", OAuthService.DeviceGrant);
        var deviceCode = ("device_code", new string('0', 40));
        (await _oauth.PostAsync("/oauth/token", clientId, deviceCode)).IsOAuthError("invalid_request");
        (await _oauth.PostAsync("/oauth/token", clientId, grantType)).IsOAuthError("invalid_request");
        (await _oauth.PostAsync("/oauth/token", grantType, deviceCode)).IsOAuthError("invalid_request");
    }

    [Fact]
    public async Task S3_4_a_client_with_a_secret_must_authenticate_to_redeem()
    {
        var codes = await _oauth.DeviceCodeAsync("confidential", ("client_secret", OAuthService.Secret));
        await _oauth.Service.AuthorizeAsync(codes["user_code"]!);

        (await _oauth.PollAsync(codes["device_code"]!, "confidential")).IsOAuthError("invalid_client", 401);
        (await _oauth.PollAsync(codes["device_code"]!, "confidential", ("client_secret", "wrong"))).IsOAuthError("invalid_client", 401);
        Assert.Equal(200, (await _oauth.PollAsync(codes["device_code"]!, "confidential", ("client_secret", OAuthService.Secret))).Status);
    }

    [Fact]
    public async Task S3_4_another_clients_device_code_is_rejected_and_stays_valid()
    {
        var deviceCode = await _oauth.ApprovedAsync("cli");
        (await _oauth.PollAsync(deviceCode, "cli2")).IsOAuthError("invalid_grant");
        Assert.Equal(200, (await _oauth.PollAsync(deviceCode)).Status);
    }

    [Fact]
    public async Task S3_4_a_device_code_is_redeemed_once_and_its_tokens_stay_valid()
    {
        var deviceCode = await _oauth.ApprovedAsync();
        var tokens = await _oauth.PollAsync(deviceCode);

        (await _oauth.PollAsync(deviceCode)).IsOAuthError("invalid_grant");

        Assert.True(await _oauth.IsActiveAsync(tokens["access_token"]));
        Assert.True(await _oauth.IsActiveAsync(tokens["refresh_token"]));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000")]
    [InlineData("03f0a81c5d9e7b2c4a6d8f0e1b3c5d7f9a2b4c6e")]
    [InlineData("nonsense")]
    public async Task S3_5_an_unknown_device_code_is_an_invalid_grant(string deviceCode) =>
        (await _oauth.PollAsync(deviceCode)).IsOAuthError("invalid_grant");

    [Fact]
    public async Task S3_5_authorization_pending_and_slow_down_whose_interval_grows_by_5_seconds()
    {
        var deviceCode = (await _oauth.DeviceCodeAsync())["device_code"]!;
        (await _oauth.PollAsync(deviceCode)).IsOAuthError("authorization_pending");
        Assert.Equal("10", (await _oauth.PollAsync(deviceCode)).IsOAuthError("slow_down")["interval"]);
        Assert.Equal("15", (await _oauth.PollAsync(deviceCode)).IsOAuthError("slow_down")["interval"]);
        _oauth.Advance(15);
        (await _oauth.PollAsync(deviceCode)).IsOAuthError("authorization_pending");
    }

    [Fact]
    public async Task S3_5_access_denied()
    {
        var codes = await _oauth.DeviceCodeAsync();
        await _oauth.Service.AuthorizeAsync(codes["user_code"]!, "deny");
        (await _oauth.PollAsync(codes["device_code"]!)).IsOAuthError("access_denied");
    }

    [Fact]
    public async Task S3_5_expired_token()
    {
        var deviceCode = (await _oauth.DeviceCodeAsync())["device_code"]!;
        _oauth.Advance(900);
        (await _oauth.PollAsync(deviceCode)).IsOAuthError("expired_token");
    }

    [Fact]
    public async Task A_code_of_one_contract_cannot_be_redeemed_at_the_other()
    {
        var (plain, plainUserCode) = await _oauth.Service.IssueAsync();
        await _oauth.Service.AuthorizeAsync(plainUserCode);
        (await _oauth.PollAsync(plain)).IsOAuthError("invalid_grant");
        Assert.Equal("complete", (await _oauth.Service.PollAsync(plain))["status"]);

        var oauth = await _oauth.ApprovedAsync();
        (await _oauth.Service.PollAsync(oauth)).IsError(404, "not_found");
        Assert.Equal(200, (await _oauth.PollAsync(oauth)).Status);
    }

    [Fact]
    public async Task S6_1_a_user_code_is_read_in_any_case_and_form_without_regard_to_punctuation()
    {
        var userCode = (await _oauth.DeviceCodeAsync("cli"))["user_code"]!;
        string[] typed =
        [
            userCode.ToLowerInvariant(),
            userCode.Replace("-", "", StringComparison.Ordinal),
            userCode.Replace('-', '\u2212'),
            string.Join('\u00ad', userCode.ToCharArray()),
            $"\u2068“{userCode}”\u2069.",
            string.Concat(userCode.Select(c => (char)(c - 'A' + 'Ａ'))),
        ];
        foreach (var text in typed)
        {
            Assert.Equal(userCode, (await _oauth.Service.InspectAsync(text))["user_code"]);
        }

        Assert.Equal(400, (await _oauth.Service.InspectAsync($"{userCode}1")).Status);
    }

    /// <summary>Sends a request without a body and without a content type.</summary>
    private Task<ServiceResponse> PostAsync(string path, string client, string secret) =>
        _oauth.Service.PostAsync(path, authorization: OAuthService.Basic(client, secret));
}
