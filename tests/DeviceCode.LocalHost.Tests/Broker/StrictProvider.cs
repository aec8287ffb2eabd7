namespace DeviceCode.LocalHost.Tests.Broker;

using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

/// <summary>
/// A provider in this process, over real HTTP. It is strict: a refresh spends the refresh token and ends the old access token at once.
/// </summary>
internal sealed class StrictProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _approved = [];
    private readonly HashSet<string> _refreshTokens = [];
    private readonly HashSet<string> _accessTokens = [];
    private int _issued;

    private StrictProvider(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.Single());

    /// <summary>The lifetime of the first access token of a login, in seconds.</summary>
    public int FirstLifetime { get; init; } = 3600;

    /// <summary>The times of the polls.</summary>
    public ConcurrentQueue<DateTimeOffset> Polls { get; } = [];

    public ConcurrentQueue<string> Refreshes { get; } = [];

    public ConcurrentQueue<string> Revocations { get; } = [];

    /// <summary>All codes and tokens that were issued.</summary>
    public ConcurrentQueue<string> Secrets { get; } = [];

    /// <summary>Runs after a refresh was executed, before its response is sent.</summary>
    public Func<Task> BeforeRefreshResponse { get; set; } = () => Task.CompletedTask;

    public static async Task<StrictProvider> StartAsync(int firstLifetime = 3600)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var provider = new StrictProvider(builder.Build()) { FirstLifetime = firstLifetime };
        provider._app.MapPost("/device", provider.Device);
        provider._app.MapPost("/token", provider.TokenAsync);
        provider._app.MapPost("/revoke", provider.RevokeAsync);
        provider._app.MapGet("/userinfo", (HttpRequest request) =>
            provider.IsActive(request.Headers.Authorization.ToString().Split(' ')[^1])
            ? Results.Json(new { sub = "1", email = "alice@strict.example" })
            : Results.StatusCode(401));
        await provider._app.StartAsync();
        return provider;
    }

    /// <summary>The settings of a host that has this provider under the id <c>strict</c>.</summary>
    public Dictionary<string, string> Settings() => new()
    {
        ["Broker__Providers__strict__Kind"] = "custom",
        ["Broker__Providers__strict__ClientId"] = "client",
        ["Broker__Providers__strict__ClientSecrets__0"] = "secret-of-the-client",
        ["Broker__Providers__strict__Scopes"] = "repo",
        ["Broker__Providers__strict__Sessions"] = "true",
        ["Broker__Providers__strict__DeviceAuthorizationEndpoint"] = new Uri(Address, "/device").AbsoluteUri,
        ["Broker__Providers__strict__TokenEndpoint"] = new Uri(Address, "/token").AbsoluteUri,
        ["Broker__Providers__strict__RevocationEndpoint"] = new Uri(Address, "/revoke").AbsoluteUri,
        ["Broker__Providers__strict__UserinfoEndpoint"] = new Uri(Address, "/userinfo").AbsoluteUri,
    };

    /// <summary>Approves a login.</summary>
    public void Approve(string userCode)
    {
        lock (_lock)
        {
            _approved.Add(userCode);
        }
    }

    public bool IsActive(string accessToken)
    {
        lock (_lock)
        {
            return _accessTokens.Contains(accessToken);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IResult Device()
    {
        lock (_lock)
        {
            var number = ++_issued;
            Secrets.Enqueue($"strict-device-code-{number}");
            return Results.Json(new
            {
                device_code = $"strict-device-code-{number}",
                user_code = $"USER-{number}",
                verification_uri = "https://strict.example/device",
                expires_in = 900,
                interval = 1,
            });
        }
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var isRefresh = form["grant_type"] == "refresh_token";
        object? tokens = null;
        lock (_lock)
        {
            if (isRefresh)
            {
                Refreshes.Enqueue(form["refresh_token"].ToString());
                tokens = _refreshTokens.Remove(form["refresh_token"].ToString()) ? NewTokens(3600) : null;
            }
            else
            {
                Polls.Enqueue(TimeProvider.System.GetUtcNow());
                var userCode = form["device_code"].ToString().Replace("strict-device-code-", "USER-", StringComparison.Ordinal);
                if (!_approved.Contains(userCode))
                {
                    return Error("authorization_pending");
                }

                tokens = NewTokens(FirstLifetime);
            }
        }

        if (isRefresh)
        {
            await BeforeRefreshResponse();
        }

        return tokens is null ? Error("invalid_grant") : Results.Json(tokens);

        static IResult Error(string error) => Results.Json(new { error }, statusCode: 400);
    }

    private async Task<IResult> RevokeAsync(HttpRequest request)
    {
        Revocations.Enqueue((await request.ReadFormAsync())["token"].ToString());
        return Results.Ok();
    }

    private object NewTokens(int lifetime)
    {
        var number = (++_issued).ToString(CultureInfo.InvariantCulture);
        var (access, refresh) = ($"strict-access-token-{number}", $"strict-refresh-token-{number}");
        _accessTokens.Clear();
        _accessTokens.Add(access);
        _refreshTokens.Add(refresh);
        Secrets.Enqueue(access);
        Secrets.Enqueue(refresh);
        return new { access_token = access, token_type = "bearer", expires_in = lifetime, refresh_token = refresh, scope = "repo" };
    }
}
