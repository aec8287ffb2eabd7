namespace DeviceCode.LocalHost.Tests.Soak;

using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;

/// <summary>
/// A login whose device and approver send every request again, to any instance, until it gets a response that is not a 503. Each third
/// login is a JSON login, an OAuth login, and an OAuth login with PKCE.
/// </summary>
internal sealed class SoakLogin(SoakRun run, int number)
{
    private const int MaxAttempts = 100;

    private static readonly TimeSpan LatestApproval = TimeSpan.FromSeconds(3);

    private readonly bool _isOAuth = number % 3 > 0;
    private readonly string? _verifier = number % 3 == 2 ? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) : null;
    private readonly string _approver = $"approver-{number}@wonderland.example";
    private readonly ConcurrentQueue<string> _history = [];

    private string _deviceCode = "";
    private string _userCode = "";
    private TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <summary>Runs the login.</summary>
    /// <returns>What the service did wrong; null for nothing.</returns>
    public async Task<SoakViolation?> RunAsync()
    {
        try
        {
            await IssueAsync();
            var approval = ApproveAsync();
            var completed = await PollAsync();
            await approval;
            await CheckCompletedOnceAsync(completed);
            if (_isOAuth)
            {
                await StaySignedInAsync(completed.Response);
            }

            return null;
        }
#pragma warning disable CA1031 // One failed login must not end the others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new SoakViolation(
                exception is SoakViolation violation ? violation.Kind : exception.GetType().Name,
                $"login {number}: {exception}\n    {string.Join("\n    ", _history)}");
        }
    }

    private async Task IssueAsync()
    {
        var answer = _isOAuth
            ? await SendAsync("issue", () => Form(
                "/oauth/device/code",
                ("client_id", "cli"),
                ("code_challenge", _verifier is null ? null : ChallengeFor(_verifier)),
                ("code_challenge_method", _verifier is null ? null : "S256")))
            : await SendAsync("issue", () => new(HttpMethod.Post, "/auth/device/code"));
        Require(answer, answer.Response.Status == 200);
        _deviceCode = answer.Response["device_code"]!;
        _userCode = answer.Response["user_code"]!;
        _interval = TimeSpan.FromSeconds(int.Parse(answer.Response["interval"]!, CultureInfo.InvariantCulture));
    }

    private static string ChallengeFor(string verifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    private async Task ApproveAsync()
    {
        await Task.Delay(run.NextTime(LatestApproval));
        var answer = await SendAsync("approve", () => new(HttpMethod.Post, "/auth/device/authorize")
        {
            Headers = { { "Authorization", $"Bearer dev:{_approver}" } },
            Content = JsonContent.Create(new { user_code = _userCode }),
        });
        Require(answer, answer.Response.Status == 200 && answer.Response["status"] == "authorized", "approval failed");
    }

    /// <summary>Polls at the interval until the login has completed.</summary>
    private async Task<Answer> PollAsync()
    {
        while (true)
        {
            await Task.Delay(_interval);
            var answer = await PollOnceAsync();
            if (IsComplete(answer))
            {
                run.Count("completions");
                return answer;
            }

            switch (answer.Response)
            {
                case var pending when pending["error"] == "authorization_pending":
                    Require(answer, _isOAuth ? pending.Status == 400 : pending.Status == 200 && pending["status"] == "pending");
                    break;

                case var early when early["error"] == "slow_down":
                    Require(answer, _isOAuth ? early.Status == 400 : early.Status == 200 && early["status"] == "pending");
                    run.Count("slow_down");
                    _interval = TimeSpan.FromSeconds(int.Parse(early["interval"]!, CultureInfo.InvariantCulture));
                    break;

                default:
                    Require(answer, false, "login lost");
                    break;
            }
        }
    }

    /// <summary>Checks that no poll completes the login again.</summary>
    /// <remarks>
    /// A second completion is right in two cases. With PKCE, a device gets the same tokens again for a while. And an instance that ends
    /// right after its response may not confirm the completion, so that the device's next poll repeats it.
    /// </remarks>
    private async Task CheckCompletedOnceAsync(Answer completed)
    {
        var last = completed;
        while (true)
        {
            var again = await PollOnceAsync(except: last.Instance);
            if (!IsComplete(again))
            {
                Require(again, again.Response.Status == 400 && again.Response["error"] == (_isOAuth ? "invalid_grant" : "already_used"));
                return;
            }

            if (_isOAuth)
            {
                Require(again, again.Response["access_token"] == completed.Response["access_token"], "two sets of tokens");
                Require(again, again.Response["refresh_token"] == completed.Response["refresh_token"], "two sets of tokens");
            }

            if (_verifier is not null)
            {
                run.Count("redemptions repeated with PKCE");
                return;
            }

            Require(again, last.Life.HasEnded, "login completed twice");
            run.Count("completed again, because the instance had ended");
            last = again;
        }
    }

    /// <summary>Refreshes two or three times, and checks that the last tokens are valid and the device code is not.</summary>
    private async Task StaySignedInAsync(ServiceResponse tokens)
    {
        for (var left = run.NextDouble() < 0.5 ? 2 : 3; left > 0; left--)
        {
            var spent = tokens["refresh_token"];
            var answer = await SendAsync("refresh", () => Form(
                "/oauth/token", ("client_id", "cli"), ("grant_type", "refresh_token"), ("refresh_token", spent)));
            Require(answer, answer.Response.Status == 200, "user signed out");
            Require(answer, IsTokenResponse(answer.Response) && answer.Response["refresh_token"] != spent);
            run.Count("refreshes");
            tokens = answer.Response;
        }

        var access = tokens["access_token"];
        var user = await SendAsync("userinfo", () => new(HttpMethod.Get, "/oauth/userinfo")
        {
            Headers = { { "Authorization", $"Bearer {access}" } },
        });
        Require(user, user.Response.Status == 200 && user.Response["email"] == _approver, "user signed out");

        var used = await PollOnceAsync();
        Require(used, used.Response.Status == 400 && used.Response["error"] == "invalid_grant", "device code redeemed after its tokens");
    }

    private Task<Answer> PollOnceAsync(SoakInstance? except = null) => _isOAuth
        ? SendAsync(
            "poll",
            () => Form(
                "/oauth/token",
                ("client_id", "cli"),
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", _deviceCode),
                ("code_verifier", _verifier)),
            except)
        : SendAsync(
            "poll",
            () => new(HttpMethod.Post, "/auth/device/token") { Content = JsonContent.Create(new { device_code = _deviceCode }) },
            except);

    private bool IsComplete(Answer answer)
    {
        if (answer.Response.Status != 200 || (!_isOAuth && answer.Response["status"] != "complete"))
        {
            return false;
        }

        Require(
            answer,
            _isOAuth
                ? IsTokenResponse(answer.Response)
                : answer.Response.Json.GetProperty("user").GetProperty("email").GetString() == _approver);
        return true;
    }

    private static bool IsTokenResponse(ServiceResponse response) =>
        response["token_type"] == "Bearer"
        && response["scope"] == "profile email offline_access"
        && response["access_token"]!.StartsWith("dca_", StringComparison.Ordinal)
        && response["refresh_token"]!.StartsWith("dcr_", StringComparison.Ordinal);

    /// <summary>
    /// Sends a request to any instance, and again after the interval if the connection fails, or after <c>Retry-After</c> if it gets a 503.
    /// </summary>
    private async Task<Answer> SendAsync(string what, Func<HttpRequestMessage> create, SoakInstance? except = null)
    {
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (attempt > 1)
            {
                run.Count("repeated requests");
            }

            var instance = run.AnyInstance(except);
            var life = instance.Current;
            var clock = Stopwatch.StartNew();
            TimeSpan pause;
            try
            {
                var answer = new Answer(await SendOnceAsync(instance, create()), instance, life);
                Note($"HTTP {answer.Response.Status} {answer.Response.Text}");
                answer.Response.IsWellFormed();
                Require(answer, answer.Response.Status != 500, "HTTP 500");
                if (answer.Response.Status != 503)
                {
                    return answer;
                }

                run.Count("HTTP 503");
                Require(answer, answer.Response["error"] == "temporarily_unavailable");
                pause = answer.Response.Headers.RetryAfter?.Delta ?? throw new SoakViolation("no Retry-After", what);
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                Note(exception.Message);
                run.Count("connection errors");
                pause = _interval;
            }

            await Task.Delay(pause);

            void Note(string result)
            {
                run.CountRequest(clock.Elapsed);
                var started = DateTime.UtcNow - clock.Elapsed;
                _history.Enqueue(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{started:HH:mm:ss.fff} {what} at {instance.Name}, {clock.ElapsedMilliseconds} ms: {result}"));
            }
        }

        throw new SoakViolation("no response", $"{what} got no response other than 503 in {MaxAttempts} attempts");
    }

    private async Task<ServiceResponse> SendOnceAsync(SoakInstance instance, HttpRequestMessage request)
    {
        request.RequestUri = new Uri(instance.Address, request.RequestUri!);
        using (request)
        {
            using var response = await run.Client.SendAsync(request);
            return await ServiceResponse.ReadAsync(response);
        }
    }

    private static HttpRequestMessage Form(string path, params (string Name, string? Value)[] fields) => new(HttpMethod.Post, path)
    {
        Content = new FormUrlEncodedContent(
            from field in fields where field.Value is not null select KeyValuePair.Create(field.Name, field.Value)),
    };

    private static void Require(Answer answer, bool condition, string kind = "unexpected response")
    {
        if (!condition)
        {
            throw new SoakViolation(kind, $"{answer.Instance.Name} returned HTTP {answer.Response.Status} {answer.Response.Text}");
        }
    }

    /// <summary>A response, and the run of the instance that sent it.</summary>
    private sealed record Answer(ServiceResponse Response, SoakInstance Instance, SoakInstance.Life Life);
}
