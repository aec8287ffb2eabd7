namespace DeviceCode.Browser.Tests;

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using DeviceCode.Core;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Http;

/// <summary>The service's sign-in with an OpenID provider: an access token is valid if the userinfo endpoint accepts it.</summary>
internal sealed class OpenIdSignIn(HttpClient provider) : IUserSignIn
{
    private readonly ConcurrentDictionary<string, User?> _presented = new();

    public PageSignIn Page => PageSignIn.Entra(provider.BaseAddress!, "page", "openid profile email") with { ProtocolMode = "OIDC" };

    /// <summary>The access tokens that the page has sent, and their users.</summary>
    public IReadOnlyDictionary<string, User?> Presented => _presented;

    public async Task<User?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (!AuthenticationHeaderValue.TryParse(context.Request.Headers.Authorization, out var bearer)
            || bearer is not { Scheme: "Bearer", Parameter: { } token })
        {
            return null;
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/me") { Headers = { Authorization = bearer } };
        using var response = await provider.SendAsync(request, cancellationToken);
        return _presented[token] = response.StatusCode == HttpStatusCode.OK
            ? Read(await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken))
            : null;
    }

    public Task<Administrator?> AuthenticateAdministratorAsync(HttpContext context, CancellationToken cancellationToken) =>
        Task.FromResult<Administrator?>(null);

    private static User Read(JsonElement claims) => new(
        claims.GetProperty("sub").GetString()!, "openid", claims.GetProperty("email").GetString(), claims.GetProperty("name").GetString()!);
}
