namespace DeviceCode.Client.Tests.Login;

using System.Net.Http;
using System.Text;

/// <summary>Tests the polling loop against every failure of a server and of the network.</summary>
public sealed class PollingLoopTests : IDisposable
{
    private readonly ScriptedServer _server = new ScriptedServer().Respond(ScriptedServer.Codes);
    private readonly RecordingPrompt _prompt = new();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Waits_before_the_first_poll_and_between_polls_a_fifth_longer_than_the_interval()
    {
        _server.Pending(2).Respond(ScriptedServer.Tokens);

        var tokens = await _server.LoginAsync(_prompt);

        Assert.Equal([6, 12, 18], _server.Polls);
        Assert.Equal(("at-1", "Bearer", "rt-1", "profile"), (tokens.AccessToken, tokens.TokenType, tokens.RefreshToken, tokens.Scope));
        Assert.Equal(_server.Time.GetUtcNow().AddHours(1), tokens.ExpiresAt);
        Assert.Equal([DeviceLoginState.Started, DeviceLoginState.Pending, DeviceLoginState.Pending], _prompt.States);
    }

    [Fact]
    public async Task The_prompt_is_shown_the_codes_once_and_told_when_every_poll_is()
    {
        var start = _server.Time.GetUtcNow();
        _server.Pending().Error("slow_down").Fail(new HttpRequestException("reset")).Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(_prompt);

        Assert.Equal(("WDJB-MJHT", "https://as.example/device", "https://as.example/device?user_code=WDJB-MJHT", start.AddMinutes(15)), (
            _prompt.Shown!.UserCode, _prompt.Shown.VerificationUri.AbsoluteUri, _prompt.Shown.VerificationUriComplete!.AbsoluteUri,
                _prompt.Shown.ExpiresAt));
        Assert.Equal(
            [DeviceLoginState.Started, DeviceLoginState.Pending, DeviceLoginState.SlowDown, DeviceLoginState.Retrying], _prompt.States);
        Assert.Equal(_server.Polls, _prompt.Reports.Select(report => (report.NextPollAt - start).TotalSeconds));
        Assert.Equal([5, 5, 10, 10], _prompt.Reports.Select(report => report.Interval.TotalSeconds));
        Assert.Equal("The connection to as.example was lost.", _prompt.Reports[^1].Failure!.Message);
        Assert.All(_prompt.Reports[..^1], report => Assert.Null(report.Failure));
    }

    [Theory]
    [InlineData("access_denied", 400, DeviceLoginFailure.Denied)]
    [InlineData("access_denied", 403, DeviceLoginFailure.Denied)]
    [InlineData("authorization_declined", 400, DeviceLoginFailure.Denied)]
    [InlineData("expired_token", 400, DeviceLoginFailure.Expired)]
    [InlineData("token_expired", 200, DeviceLoginFailure.Expired)]
    [InlineData("invalid_grant", 400, DeviceLoginFailure.InvalidCode)]
    [InlineData("bad_verification_code", 400, DeviceLoginFailure.InvalidCode)]
    [InlineData("incorrect_device_code", 200, DeviceLoginFailure.InvalidCode)]
    [InlineData("invalid_client", 401, DeviceLoginFailure.Configuration)]
    [InlineData("incorrect_client_credentials", 200, DeviceLoginFailure.Configuration)]
    [InlineData("device_flow_disabled", 400, DeviceLoginFailure.Configuration)]
    [InlineData("unauthorized_client", 400, DeviceLoginFailure.Configuration)]
    [InlineData("unsupported_grant_type", 400, DeviceLoginFailure.Configuration)]
    [InlineData("invalid_request", 400, DeviceLoginFailure.Configuration)]
    [InlineData("invalid_scope", 400, DeviceLoginFailure.Configuration)]
    [InlineData("org_internal", 403, DeviceLoginFailure.Policy)]
    [InlineData("admin_policy_enforced", 400, DeviceLoginFailure.Policy)]
    [InlineData("interaction_required", 400, DeviceLoginFailure.Policy)]
    [InlineData("something_new", 400, DeviceLoginFailure.Protocol)]
    public async Task An_error_ends_the_login_at_once_with_its_kind_a_sentence_and_a_fix(
        string error, int status, DeviceLoginFailure failure)
    {
        _server.Pending().Error(error, status);

        var refusal = await _server.FailingLoginAsync();

        Assert.Equal((failure, error), (refusal.Failure, refusal.Error));
        Assert.Matches(@"^[A-Z][^{}]+\.$", refusal.Message);
        Assert.Matches(@"^[A-Z][^{}]+\.$", refusal.Fix);
        Assert.Equal([6, 12], _server.Polls);
    }

    [Theory]
    [InlineData(53003, DeviceLoginFailure.Policy)]
    [InlineData(50199, DeviceLoginFailure.Policy)]
    [InlineData(53000, DeviceLoginFailure.Policy)]
    [InlineData(50105, DeviceLoginFailure.Policy)]
    [InlineData(65004, DeviceLoginFailure.Denied)]
    [InlineData(700016, DeviceLoginFailure.Configuration)]
    [InlineData(7000218, DeviceLoginFailure.Configuration)]
    public async Task Microsofts_finer_codes_say_more_than_the_error(int code, DeviceLoginFailure failure)
    {
        _server.Error("invalid_grant", 400, $"""
            "error_description": "AADSTS{code}: Something. Trace ID: 1\r\nCorrelation ID: 2\r\nTimestamp: 2026-11-24 09:00:00Z",
            "error_codes": [{code}]
            """);

        var refusal = await _server.FailingLoginAsync();

        Assert.Equal((failure, $"AADSTS{code}"), (refusal.Failure, refusal.Error));
        Assert.Equal($"AADSTS{code}: Something. Trace ID: 1 Correlation ID: 2 Timestamp: 2026-11-24 09:00:00Z", refusal.ErrorDescription);
    }

    [Fact]
    public async Task Slow_down_adds_five_seconds_and_widens_the_margin()
    {
        _server.Error("slow_down").Pending().Error("slow_down").Respond(ScriptedServer.Tokens);

        await _server.LoginAsync();

        // 5 × 1.2, then 10 × 1.4 twice, then 15 × 1.6.
        Assert.Equal([6, 20, 34, 58], _server.Polls);
    }

    [Fact]
    public async Task Slow_down_with_a_larger_interval_of_the_servers_own_is_obeyed_and_a_smaller_one_is_not()
    {
        _server.Error("slow_down", 200, "\"interval\": 30").Error("slow_down", 200, "\"interval\": 1").Respond(ScriptedServer.Tokens);

        await _server.LoginAsync();

        // 30 × 1.4, then 35 × 1.6.
        Assert.Equal([6, 48, 104], _server.Polls);
    }

    [Fact]
    public async Task A_storm_of_slow_downs_is_obeyed_until_the_code_expires()
    {
        _server.Error("slow_down").Forever();

        var refusal = await _server.FailingLoginAsync();

        Assert.Equal(DeviceLoginFailure.Expired, refusal.Failure);
        Assert.Equal([6, 20, 44, 80, 130, 190, 260, 340, 430, 530, 640, 760, 890, 906], _server.Polls);
    }

    [Fact]
    public async Task An_absurd_interval_of_a_slow_down_still_leaves_one_poll_at_the_end()
    {
        _server.Error("slow_down", 400, "\"interval\": 1e99").Respond(ScriptedServer.Tokens);

        await _server.LoginAsync();

        Assert.Equal([6, 426], _server.Polls);
    }

    [Fact]
    public async Task Server_errors_are_survived_with_a_back_off_that_doubles()
    {
        for (var i = 0; i < 6; i++)
        {
            _server.Respond("<html>Bad gateway</html>", 502, "text/html");
        }

        _server.Pending().Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(_prompt);

        // 6, then 12, 24, 48 and at most 60 seconds apart; back to 6 as soon as the server answers.
        Assert.Equal([6, 18, 42, 90, 150, 210, 270, 276], _server.Polls);
        Assert.Equal(6, _prompt.States.Count(state => state == DeviceLoginState.Retrying));
        Assert.Equal("Example is unavailable (HTTP 502).", _prompt.Reports[1].Failure!.Message);
    }

    [Theory]
    [InlineData(0.0, 6, 12, 24)]
    [InlineData(0.5, 9, 18, 36)]
    [InlineData(1.0, 12, 24, 48)]
    public async Task The_back_off_is_spread_by_chance_over_half_of_it_and_never_shorter_than_the_interval(
        double chance, double first, double second, double third)
    {
        _server.Fail(new HttpRequestException()).Fail(new HttpRequestException()).Fail(new HttpRequestException())
            .Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(options: new()
        {
            Provider = ScriptedServer.Provider,
            Transport = new() { Handler = _server, TimeProvider = _server.Time, Jitter = () => chance }
        });

        Assert.Equal([6, 6 + first, 6 + first + second, 6 + first + second + third], _server.Polls);
    }

    [Fact]
    public async Task A_server_that_stays_out_of_order_ends_the_login_as_a_network_failure_when_the_code_expires()
    {
        _server.Respond("{\"error\": \"server_error\"}", 500).Forever();

        var refusal = await _server.FailingLoginAsync();

        Assert.Equal(DeviceLoginFailure.Network, refusal.Failure);
        Assert.InRange(_server.Polls[^1], 900, 906);
        Assert.InRange(_server.Polls[^2], 830, 900);
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, "The host name as.example cannot be resolved.")]
    [InlineData(HttpRequestError.ConnectionError, "as.example cannot be reached.")]
    [InlineData(HttpRequestError.SecureConnectionError, "A secure connection to as.example failed.")]
    [InlineData(HttpRequestError.ProxyTunnelError, "The proxy does not allow requests to as.example.")]
    [InlineData(HttpRequestError.ResponseEnded, "The connection to as.example was lost.")]
    public async Task A_network_fault_is_named_and_survived(HttpRequestError fault, string message)
    {
        _server.Fail(new HttpRequestException(fault)).Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(_prompt);

        Assert.Equal([6, 18], _server.Polls);
        Assert.Equal((DeviceLoginFailure.Network, message), (_prompt.Reports[1].Failure!.Failure, _prompt.Reports[1].Failure!.Message));
    }

    [Fact]
    public async Task A_request_without_an_answer_is_given_up_after_15_seconds_and_polling_goes_on()
    {
        _server.Hang().Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(_prompt);

        Assert.Equal([6, 33], _server.Polls);
        Assert.Equal("as.example did not respond within 15 seconds.", _prompt.Reports[1].Failure!.Message);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_of_the_answer_is_survived()
    {
        _server.Stream(new BrokenStream(Encoding.UTF8.GetBytes(ScriptedServer.Tokens[..20]))).Respond(ScriptedServer.Tokens);

        Assert.Equal("at-1", (await _server.LoginAsync()).AccessToken);
        Assert.Equal([6, 18], _server.Polls);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(503)]
    public async Task A_page_instead_of_an_answer_is_survived_whatever_its_status(int status)
    {
        _server.Respond("<!DOCTYPE html><title>Sign in to the Wi-Fi</title>", status, "text/html").Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(_prompt);

        Assert.Equal([6, 18], _server.Polls);
        Assert.Equal(status == 503 ? DeviceLoginFailure.Network : DeviceLoginFailure.Protocol, _prompt.Reports[1].Failure!.Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"access_token\": 5}")]
    [InlineData("{\"access_token\": \"\"}")]
    [InlineData("{\"access_token\": \"a\\r\\nb\"}")]
    [InlineData("{\"access_token\": \"\\ud800\"}")]
    [InlineData("{\"\\udc00\": 1, \"access_token\": \"a\"}")]
    [InlineData("{\"error\": {\"code\": 400}}")]
    [InlineData("{\"access_token\": \"a\"")]
    public async Task An_answer_that_is_none_is_survived(string body)
    {
        _server.Respond(body).Respond(ScriptedServer.Tokens);

        Assert.Equal("at-1", (await _server.LoginAsync(_prompt)).AccessToken);
        Assert.Equal(DeviceLoginFailure.Protocol, _prompt.Reports[1].Failure!.Failure);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(500)]
    public async Task Tokens_with_a_status_that_is_no_success_are_none(int status)
    {
        _server.Respond(ScriptedServer.Tokens.Replace("at-1", "at-0", StringComparison.Ordinal), status).Respond(ScriptedServer.Tokens);

        Assert.Equal("at-1", (await _server.LoginAsync()).AccessToken);
    }

    [Fact]
    public async Task Answers_with_any_bytes_changed_are_understood_or_survived()
    {
        string[] answers = [ScriptedServer.Codes, ScriptedServer.Tokens,
            ScriptedServer.ErrorJson("slow_down", "\"interval\": 6, \"x\": [\"\\ud83d\\ude00\", {\"\\u0041\": null}]")];
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            using var server = new ScriptedServer();
            foreach (var answer in answers)
            {
                var bytes = Encoding.UTF8.GetBytes(answer);
                for (var change = 0; change < 3; change++)
                {
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                }

                server.Stream(new MemoryStream(bytes));
            }

            server.Respond(ScriptedServer.Tokens).Forever();
            try
            {
                Assert.NotEmpty((await server.LoginAsync()).AccessToken);
            }
            catch (DeviceLoginException)
            {
                // The codes are damaged, or the error became another one. After anything else, the loop polls again.
                Assert.InRange(server.Requests.Count, 1, 3);
            }
        }
    }

    [Fact]
    public async Task Deep_JSON_is_survived()
    {
        _server.Respond(new string('[', 100_000)).Respond($"{{\"a\": {new string('[', 50)}{new string(']', 50)}}}")
            .Respond(ScriptedServer.Tokens);

        await _server.LoginAsync();

        Assert.Equal(3, _server.Polls.Length);
    }

    [Fact]
    public async Task A_body_without_end_is_read_for_a_quarter_of_a_megabyte()
    {
        var endless = new EndlessStream();
        _server.Stream(endless).Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(_prompt);

        Assert.InRange(endless.Given, 256 * 1024, 1024 * 1024);
        Assert.Contains("more than 256 KiB", _prompt.Reports[1].Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_right_answer_with_a_wrong_content_type_is_understood()
    {
        _server.Respond(ScriptedServer.ErrorJson("authorization_pending"), 400, "text/html")
            .Respond(ScriptedServer.Tokens, 200, "text/plain");

        await _server.LoginAsync(_prompt);

        Assert.Equal([DeviceLoginState.Started, DeviceLoginState.Pending], _prompt.States);
    }

    [Theory]
    [InlineData("", 5, 900)]
    [InlineData("\"interval\": null, \"expires_in\": null", 5, 900)]
    [InlineData("\"interval\": 0, \"expires_in\": 0", 1, 900)]
    [InlineData("\"interval\": -5, \"expires_in\": -1", 5, 900)]
    [InlineData("\"interval\": \"7\", \"expires_in\": \"600\"", 7, 600)]
    [InlineData("\"interval\": 2.5, \"expires_in\": 60.5", 2.5, 60.5)]
    [InlineData("\"interval\": \"soon\", \"expires_in\": \"never\"", 5, 900)]
    [InlineData("\"interval\": 1e300, \"expires_in\": 1e300", 300, 86400)]
    [InlineData("\"interval\": {}, \"expires_in\": []", 5, 900)]
    [InlineData("\"interval\": 1, \"expires_in\": 1", 1, 10)]
    public async Task Times_that_are_missing_or_absurd_become_sensible_ones(string times, double interval, double lifetime)
    {
        var server = new ScriptedServer().Respond($$"""
            {"device_code": "dc", "user_code": "uc", "verification_uri": "https://as.example/device"
            {{(times.Length > 0 ? ", " : "")}}{{times}}}
            """);

        var authorization = await server.RunAsync(() => new DeviceLogin(server.Options).RequestAsync());

        Assert.Equal(
            (interval, lifetime), (authorization.Interval.TotalSeconds, (authorization.ExpiresAt - server.Time.GetUtcNow()).TotalSeconds));
    }

    [Theory]
    [InlineData("https://evil.example/token")]
    [InlineData("http://as.example/token")]
    [InlineData("/elsewhere")]
    public async Task A_redirect_is_not_followed_and_survived(string location)
    {
        _server.Respond("", 307, "text/html", ("Location", location)).Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(_prompt);

        Assert.Equal([6, 18], _server.Polls);
        Assert.All(_server.Requests, request => Assert.Equal("https://as.example", request.Uri.GetLeftPart(UriPartial.Authority)));
        Assert.Contains("redirects", _prompt.Reports[1].Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_from_elsewhere_than_asked_is_refused()
    {
        var following = new ScriptedServer();
        following.Respond(ScriptedServer.Codes);
        var login = new DeviceLogin(new()
        {
            Provider = ScriptedServer.Provider,
            Transport = new() { Handler = new FollowingHandler { InnerHandler = following }, TimeProvider = following.Time }
        });

        var refusal = await Assert.ThrowsAsync<DeviceLoginException>(() => login.RequestAsync());

        Assert.Equal(DeviceLoginFailure.Configuration, refusal.Failure);
    }

    [Fact]
    public async Task Too_many_requests_with_seconds_to_wait_is_obeyed()
    {
        _server.Respond("Too many requests", 429, "text/plain", ("Retry-After", "100")).Respond(ScriptedServer.Tokens);

        await _server.LoginAsync(_prompt);

        Assert.Equal([6, 106], _server.Polls);
        Assert.Equal(DeviceLoginState.SlowDown, _prompt.Reports[1].State);
    }

    [Fact]
    public async Task Too_many_requests_with_a_date_is_obeyed_by_the_servers_own_clock()
    {
        _server.Respond("", 429, "text/plain", ("Date", "Tue, 24 Nov 2026 09:00:00 GMT"), ("Retry-After", "Tue, 24 Nov 2026 09:02:00 GMT"))
            .Respond(ScriptedServer.Tokens);

        await _server.LoginAsync();

        Assert.Equal([6, 126], _server.Polls);
    }

    [Fact]
    public async Task Too_many_requests_with_a_date_and_no_clock_is_obeyed_by_the_local_one()
    {
        var at = _server.Time.GetUtcNow().AddSeconds(66).ToString("R");
        _server.Respond("", 429, "text/plain", ("Retry-After", at))
            .Respond("{}", 429, "application/json", ("Retry-After", "Sat, 01 Jan 2000 00:00:00 GMT")).Respond(ScriptedServer.Tokens);

        await _server.LoginAsync();

        // The second date is in the past, so the wait is the interval, now 15 seconds, with a margin of 1.6.
        Assert.Equal([6, 66, 90], _server.Polls);
    }

    [Fact]
    public async Task Too_many_requests_without_a_time_is_a_slow_down()
    {
        _server.Respond("", 429).Respond(ScriptedServer.Tokens);

        await _server.LoginAsync();

        Assert.Equal([6, 20], _server.Polls);
    }

    [Fact]
    public async Task Retry_After_counts_with_every_answer_but_never_beyond_the_end_of_the_code()
    {
        _server.Respond("{}", 503, "application/json", ("Retry-After", "30"))
            .Respond(ScriptedServer.ErrorJson("authorization_pending"), 400, "application/json", ("Retry-After", "99999999"))
            .Respond(ScriptedServer.Tokens);

        await _server.LoginAsync();

        Assert.Equal([6, 36, 906], _server.Polls);
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(1.15, 0)]
    [InlineData(1.3, 1)]
    [InlineData(1.9, 4)]
    [InlineData(0.8, 0)]
    public async Task A_local_clock_at_the_wrong_speed_costs_some_slow_downs_and_never_the_login(double speed, int slowDowns)
    {
        // The server enforces the interval it reported, by the right clock. The user approves after some minutes.
        var (interval, told) = (5.0, 0);
        var last = 0.0;
        var server = new ScriptedServer().Respond(ScriptedServer.Codes);
        server.Then(_ =>
        {
            var now = server.Requests[^1].At;
            var tooEarly = now - last < interval;
            (last, interval, told) = (now, tooEarly ? interval + 5 : interval, tooEarly ? told + 1 : told);
            return Task.FromResult(
                tooEarly ? ScriptedServer.Response(ScriptedServer.ErrorJson("slow_down", $"\"interval\": {interval}"), 400)
                : now < 400 ? ScriptedServer.Response(ScriptedServer.ErrorJson("authorization_pending"), 400)
                : ScriptedServer.Response(ScriptedServer.Tokens));
        }).Forever();

        await server.LoginAsync(options: new()
        {
            Provider = ScriptedServer.Provider,
            Transport = new() { Handler = server, TimeProvider = new FastClock(server.Time, speed), Jitter = () => 1 }
        });

        Assert.Equal(slowDowns, told);
    }

    [Theory]
    [InlineData("a{b}")]
    [InlineData("{provider} {registration} {error}")]
    public async Task An_unknown_error_is_shown_as_the_server_sent_it(string error)
    {
        _server.Error(error);

        var failure = await _server.FailingLoginAsync();

        Assert.Equal($"Example returned the error {error}.", failure.Message);
        Assert.Equal(error, failure.Error);
    }

    [Fact]
    public async Task Cancelling_while_waiting_ends_the_login_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        _server.Pending().Forever();
        var prompt = new RecordingPrompt
        {
            OnReport = report =>
            { if (report.State == DeviceLoginState.Pending) { cancellation.Cancel(); } }
        };

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _server.LoginAsync(prompt, cancellationToken: cancellation.Token));

        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
        Assert.Equal([6], _server.Polls);
    }

    [Fact]
    public async Task Cancelling_while_a_request_is_under_way_ends_the_login_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        _server.Then(async given =>
        {
            await cancellation.CancelAsync();
            given.ThrowIfCancellationRequested();
            throw new InvalidOperationException("The request was not cancelled.");
        });

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _server.LoginAsync(cancellationToken: cancellation.Token));

        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
        Assert.Equal([6], _server.Polls);
    }

    [Fact]
    public async Task A_lost_answer_to_the_completing_poll_is_asked_for_again_within_the_half_minute_that_our_server_gives_it()
    {
        var options = new DeviceLoginOptions { Provider = ScriptedServer.Provider with { UsesPkce = true }, Transport = _server.Transport };
        _server.Pending().Hang().Respond(ScriptedServer.Tokens);

        Assert.Equal("at-1", (await _server.LoginAsync(options: options)).AccessToken);

        Assert.InRange(_server.Polls[2] - _server.Polls[1], 15, 29);
        Assert.Equal(_server.Requests[2].Form, _server.Requests[3].Form);
        Assert.Equal(Pkce.Challenge(_server.Requests[1].Form["code_verifier"]), _server.Requests[0].Form["code_challenge"]);
        Assert.Equal("S256", _server.Requests[0].Form["code_challenge_method"]);
    }

    [Theory]
    [InlineData("invalid_grant")]
    [InlineData("already_used")]
    public async Task A_lost_answer_that_the_server_does_not_give_again_is_told_as_such(string error)
    {
        _server.Fail(new HttpRequestException(HttpRequestError.ResponseEnded)).Error(error);

        var refusal = await _server.FailingLoginAsync();

        Assert.Equal((DeviceLoginFailure.InvalidCode, error), (refusal.Failure, refusal.Error));
        Assert.Equal("The login probably completed, but the response was lost on the network.", refusal.Message);
    }

    [Fact]
    public async Task One_poll_after_the_code_has_expired_still_completes_the_login()
    {
        var server = new ScriptedServer().Respond(ScriptedServer.Codes.Replace("900", "20", StringComparison.Ordinal)).Pending(3)
            .Respond(ScriptedServer.Tokens);

        await server.LoginAsync();

        Assert.Equal([6, 12, 18, 24], server.Polls);
    }

    [Fact]
    public async Task And_there_is_only_one()
    {
        var server = new ScriptedServer().Respond(ScriptedServer.Codes.Replace("900", "20", StringComparison.Ordinal)).Pending().Forever();

        var refusal = await server.FailingLoginAsync();

        Assert.Equal((DeviceLoginFailure.Expired, null), (refusal.Failure, refusal.Error));
        Assert.Equal([6, 12, 18, 24], server.Polls);
    }

    [Fact]
    public async Task A_back_off_does_not_reach_beyond_the_last_poll()
    {
        var server = new ScriptedServer().Respond(ScriptedServer.Codes.Replace("900", "60", StringComparison.Ordinal))
            .Fail(new HttpRequestException()).Forever();

        var refusal = await server.FailingLoginAsync();

        Assert.Equal(DeviceLoginFailure.Network, refusal.Failure);
        Assert.Equal([6, 18, 42, 66], server.Polls);
    }

    [Fact]
    public async Task A_machine_that_slept_past_the_end_of_the_code_asks_once_more_and_believes_the_answer()
    {
        var prompt = new RecordingPrompt
        {
            OnReport = report =>
            { if (report.State == DeviceLoginState.Pending) { _server.Time.Advance(TimeSpan.FromHours(8)); } }
        };
        _server.Pending().Error("expired_token");

        var refusal = await _server.FailingLoginAsync(prompt);

        Assert.Equal(DeviceLoginFailure.Expired, refusal.Failure);
        Assert.Equal(2, _server.Polls.Length);
    }

    [Fact]
    public async Task Another_process_can_go_on_polling()
    {
        var asked = await _server.RunAsync(() => new DeviceLogin(new()
        {
            Provider = ScriptedServer.Provider with { UsesPkce = true },
            Transport = _server.Transport
        }).RequestAsync());
        var json = System.Text.Json.JsonSerializer.Serialize(asked, ClientJson.Default.DeviceAuthorization);
        _server.Time.Advance(TimeSpan.FromMinutes(5));

        var resumed = System.Text.Json.JsonSerializer.Deserialize(json, ClientJson.Default.DeviceAuthorization)!;
        _server.Pending().Respond(ScriptedServer.Tokens);
        var tokens = await _server.RunAsync(() => new DeviceLogin(_server.Options).PollAsync(resumed, _prompt));

        Assert.Equal(asked, resumed);
        Assert.Equal("at-1", tokens.AccessToken);
        Assert.Equal([306, 312], _server.Polls);
        Assert.Equal(asked.CodeVerifier, _server.Requests[^1].Form["code_verifier"]);
        Assert.Null(_prompt.Shown);
    }

    [Fact]
    public async Task Another_process_survives_an_outage_before_it_has_discovered_anything()
    {
        var asked = await _server.RunAsync(() => new DeviceLogin(_server.Options).RequestAsync());
        _server.Fail(new HttpRequestException(HttpRequestError.ConnectionError))
            .Respond("""
                {"issuer": "https://as.example", "device_authorization_endpoint": "https://as.example/da",
                "token_endpoint": "https://as.example/token"}
                """)
            .Respond(ScriptedServer.Tokens);
        var login = new DeviceLogin(
            new() { Provider = Providers.Discover(new Uri("https://as.example")), ClientId = "cli", Transport = _server.Transport });

        Assert.Equal("at-1", (await _server.RunAsync(() => login.PollAsync(asked, _prompt))).AccessToken);
        Assert.Equal([6, 18, 18], _server.Requests.Skip(1).Select(request => request.At));
        Assert.Equal([DeviceLoginState.Started, DeviceLoginState.Retrying], _prompt.States);
    }

    [Fact]
    public async Task A_code_that_expired_long_ago_is_asked_for_once_without_waiting()
    {
        var asked = await _server.RunAsync(() => new DeviceLogin(_server.Options).RequestAsync());
        _server.Time.Advance(TimeSpan.FromHours(1));
        _server.Error("expired_token");

        await Assert.ThrowsAsync<DeviceLoginException>(
            () => _server.RunAsync(() => new DeviceLogin(_server.Options).PollAsync(asked, _prompt)));

        Assert.Equal([3600], _server.Polls);
    }

    [Fact]
    public async Task What_the_prompt_throws_ends_the_login()
    {
        _server.Pending().Forever();
        var prompt = new RecordingPrompt { OnReport = _ => throw new IOException("The terminal is gone.") };

        await Assert.ThrowsAsync<IOException>(() => _server.LoginAsync(prompt));
        Assert.Empty(_server.Polls);
    }

    [Fact]
    public async Task What_a_server_says_cannot_move_the_cursor_and_secrets_that_it_sends_back_are_masked()
    {
        _server.Error("access_denied", 400,
            $"\"error_description\": \"\\u001b[2J\\u0007No {ScriptedServer.DeviceCode}\\u202e\\r\\n {new string('x', 2000)}\"");

        var refusal = await _server.FailingLoginAsync();

        Assert.StartsWith("[2J No **** xxx", refusal.ErrorDescription, StringComparison.Ordinal);
        Assert.InRange(refusal.ErrorDescription!.Length, 490, 510);
        Assert.DoesNotContain(ScriptedServer.DeviceCode, refusal.ToString(), StringComparison.Ordinal);
    }

    private sealed class BrokenStream(byte[] start) : MemoryStream(start)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position < Length ? base.ReadAsync(buffer, cancellationToken) : throw new HttpIOException(HttpRequestError.ResponseEnded);
    }

    private sealed class EndlessStream : MemoryStream
    {
        public int Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)' ');
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }

    private sealed class FollowingHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            response.RequestMessage = new HttpRequestMessage(HttpMethod.Get, "https://elsewhere.example/");
            return response;
        }
    }
}
