namespace DeviceCode.LocalHost.Tests.Broker;

using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

/// <summary>
/// A provider built with OpenIddict: device codes, authorization codes, rotation of refresh tokens and revocation. Its pages decide for the
/// user at once.
/// </summary>
internal sealed class OpenIddictServer : IAsyncDisposable
{
    public const string ClientId = "broker", ClientSecret = "secret-of-the-broker", Account = "carol@openiddict.example";

    private static readonly string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    private readonly WebApplication _app;

    private OpenIddictServer(WebApplication app) => _app = app;

    public Uri Issuer => new(_app.Urls.Single());

    public static async Task<OpenIddictServer> StartAsync(string callback)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddAuthorization();
        var database = $"{Guid.NewGuid()}";
        builder.Services.AddDbContext<DbContext>(options => options.UseInMemoryDatabase(database).UseOpenIddict());
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<DbContext>())
            .AddServer(server =>
            {
                server.SetAuthorizationEndpointUris("authorize")
                    .SetTokenEndpointUris("token")
                    .SetDeviceAuthorizationEndpointUris("device")
                    .SetEndUserVerificationEndpointUris("verify")
                    .SetRevocationEndpointUris("revoke")
                    .SetUserInfoEndpointUris("userinfo");
                server.AllowAuthorizationCodeFlow().AllowDeviceAuthorizationFlow().AllowRefreshTokenFlow();
                server.RegisterScopes(Scopes.Email, Scopes.OfflineAccess);
                server.SetAccessTokenLifetime(TimeSpan.FromSeconds(2)).SetRefreshTokenReuseLeeway(TimeSpan.Zero);
                server.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
                server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().EnableTokenEndpointPassthrough()
                    .EnableEndUserVerificationEndpointPassthrough().EnableUserInfoEndpointPassthrough()
                    .DisableTransportSecurityRequirement();
            });
        var server = new OpenIddictServer(builder.Build());
        server._app.UseAuthentication();
        server._app.UseAuthorization();
        server._app.MapGet("authorize", (HttpContext context) => Results.SignIn(User(context), authenticationScheme: Scheme));
        server._app.MapGet("verify", (HttpContext context) => Results.SignIn(User(context), authenticationScheme: Scheme));
        server._app.MapPost("token", async (HttpRequest request) => Results.SignIn(
            (await request.HttpContext.AuthenticateAsync(Scheme)).Principal!, authenticationScheme: Scheme));
        server._app.MapGet("userinfo", async (HttpRequest request) =>
            await request.HttpContext.AuthenticateAsync(Scheme) is { Succeeded: true } result
            ? Results.Json(new { sub = result.Principal.GetClaim(Claims.Subject), email = result.Principal.GetClaim(Claims.Email) })
            : Results.StatusCode(401));
        await server._app.StartAsync();
        await RegisterAsync(server._app.Services, callback);
        await server.WarmUpAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // The first requests compile the server, which can take longer than the broker waits for a provider.
    private async Task WarmUpAsync()
    {
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        using var metadata = await client.GetAsync(new Uri(Issuer, ".well-known/openid-configuration"));
        var form = new Dictionary<string, string>
        {
            ["client_id"] = ClientId,
            ["client_secret"] = ClientSecret,
            ["scope"] = "openid",
        };
        using var code = await client.PostAsync(new Uri(Issuer, "device"), new FormUrlEncodedContent(form));
        Assert.True(code.IsSuccessStatusCode, await code.Content.ReadAsStringAsync());
        form["grant_type"] = GrantTypes.DeviceCode;
        form["device_code"] = (await code.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("device_code").GetString()!;
        using var pending = await client.PostAsync(new Uri(Issuer, "token"), new FormUrlEncodedContent(form));
        using var unknown = await client.GetAsync(new Uri(Issuer, "userinfo"));
    }

    private static ClaimsPrincipal User(HttpContext context)
    {
        var identity = new ClaimsIdentity("test", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, "carol").SetClaim(Claims.Email, Account);
        var request = context.GetOpenIddictServerRequest()!;
        identity.SetScopes(request.GetScopes().Length > 0 ? request.GetScopes() : [Scopes.OpenId, Scopes.Email, Scopes.OfflineAccess]);
        identity.SetDestinations(_ => [Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }

    private static async Task RegisterAsync(IServiceProvider services, string callback)
    {
        await using var scope = services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = ClientId,
            ClientSecret = ClientSecret,
            ConsentType = ConsentTypes.Implicit,
            RedirectUris = { new Uri(callback) },
            Permissions =
            {
                Permissions.Endpoints.Authorization,
                Permissions.Endpoints.DeviceAuthorization,
                Permissions.Endpoints.Token,
                Permissions.Endpoints.Revocation,
                Permissions.GrantTypes.AuthorizationCode,
                Permissions.GrantTypes.DeviceCode,
                Permissions.GrantTypes.RefreshToken,
                Permissions.ResponseTypes.Code,
                Permissions.Scopes.Email,
                $"{Permissions.Prefixes.Scope}{Scopes.OfflineAccess}",
            },
        });
    }
}
