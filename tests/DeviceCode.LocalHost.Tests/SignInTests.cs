namespace DeviceCode.LocalHost.Tests;

using System.Net;
using System.Net.Http.Json;
using DeviceCode.LocalHost.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>The development sign-in: whoever one says one is.</summary>
public sealed class SignInTests
{
    [Theory]
    [InlineData("alice@example.com", "alice@example.com", "alice")]
    [InlineData("Alice Example <alice@example.com>", "alice@example.com", "Alice Example")]
    [InlineData("\"Example, Alice\" <Alice@Example.com>", "Alice@example.com", "Example, Alice")]
    [InlineData("Zoë O'Neill <zoe+tag@example.com>", "zoe+tag@example.com", "Zoë O'Neill")]
    public void An_identity_is_an_address_with_or_without_a_name(string text, string email, string displayName)
    {
        Assert.True(DevelopmentSignIn.TryRead(text, out var user));
        Assert.Equal((email, displayName, "development"), (user.Email?.Replace("@Example", "@example", StringComparison.Ordinal), user.DisplayName, user.TenantId));
        Assert.Equal(email.ToLowerInvariant(), user.Subject);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("alice")]
    [InlineData("alice@")]
    [InlineData("alice@example.com\r\nX: y")]
    public void Anything_else_is_nobody(string? text) => Assert.False(DevelopmentSignIn.TryRead(text, out _));

    [Theory]
    [InlineData("Bearer dev:alice@example.com", null, "alice@example.com")]
    [InlineData("bearer DEV:alice@example.com", null, "alice@example.com")]
    [InlineData(null, "bob@example.com", "bob@example.com")]
    [InlineData("Bearer dev:alice@example.com", "bob@example.com", "alice@example.com")]
    [InlineData("Bearer dev:", "bob@example.com", null)] // wrong credentials are not made up for by a cookie
    [InlineData("Bearer eyJ0", "bob@example.com", null)]
    [InlineData(null, "nonsense", null)]
    [InlineData(null, null, null)]
    public async Task A_header_goes_before_a_cookie(string? authorization, string? cookie, string? email)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = authorization;
        context.Request.Headers.Cookie = cookie is null ? null : $"{DevelopmentSignIn.Cookie}={cookie}";

        Assert.Equal(email, (await new DevelopmentSignIn().AuthenticateAsync(context))?.Email);
    }

    [Fact]
    public async Task The_form_sets_a_cookie_that_signs_in()
    {
        await using var app = await PageAsync();
        using var browser = Browser(app);

        Assert.Contains("Nobody is signed in.", await browser.GetStringAsync(SignInPage.Path), StringComparison.Ordinal);
        var answer = await SubmitAsync(browser, "Alice Example <alice@example.com>");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Signed in as Alice Example &lt;alice@example.com&gt;.", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("alice@example.com", await browser.GetStringAsync("/who"));
    }

    [Fact]
    public async Task The_cookie_is_for_this_site_and_not_for_scripts()
    {
        await using var app = await PageAsync();
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = AddressOf(app) };

        var cookie = (await SubmitAsync(client, "alice@example.com")).Headers.GetValues("Set-Cookie").Single();

        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_is_no_identity_is_shown_again_as_text()
    {
        await using var app = await PageAsync();
        using var browser = Browser(app);

        var answer = await SubmitAsync(browser, "\"><script>alert(1)</script>");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Equal("", await browser.GetStringAsync("/who"));
    }

    [Fact]
    public async Task A_body_that_is_no_form_is_refused()
    {
        await using var app = await PageAsync();
        using var browser = Browser(app);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsJsonAsync(SignInPage.Path, new { user = "alice@example.com" })).StatusCode);

        using var broken = new StringContent("--x\r\nnonsense");
        broken.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync(SignInPage.Path, broken)).StatusCode);
    }

    private static async Task<WebApplication> PageAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapSignInPage();
        app.MapGet("/who", async (HttpContext context) => (await new DevelopmentSignIn().AuthenticateAsync(context))?.Email ?? "");
        await app.StartAsync();
        return app;
    }

    private static HttpClient Browser(WebApplication app) => new() { BaseAddress = AddressOf(app) };

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    private static Task<HttpResponseMessage> SubmitAsync(HttpClient browser, string user) =>
        browser.PostAsync(SignInPage.Path, new FormUrlEncodedContent([new("user", user)]));
}
