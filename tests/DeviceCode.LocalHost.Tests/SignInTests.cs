namespace DeviceCode.LocalHost.Tests;

using System.Net;
using System.Net.Http.Json;
using DeviceCode.Functions.Options;
using DeviceCode.LocalHost.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>The development sign-in, which accepts any identity.</summary>
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
        Assert.Equal(email, user.Email?.Replace("@Example", "@example", StringComparison.Ordinal));
        Assert.Equal((displayName, "development"), (user.DisplayName, user.TenantId));
        Assert.True(Guid.TryParse(user.Subject, out _));
        Assert.True(DevelopmentSignIn.TryRead(email.ToUpperInvariant(), out var again));
        Assert.Equal(again.Subject, user.Subject);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("alice")]
    [InlineData("alice@")]
    [InlineData("alice@example.com\r\nX: y")]
    public void Anything_else_is_not_an_identity(string? text) => Assert.False(DevelopmentSignIn.TryRead(text, out _));

    [Theory]
    [InlineData("Bearer dev:alice@example.com", "alice@example.com")]
    [InlineData("bearer DEV:alice@example.com", "alice@example.com")]
    [InlineData("Bearer dev:Alice Example <alice@example.com>", "alice@example.com")]
    [InlineData("Bearer dev:Zo%C3%AB%20%3Czoe%40example.com%3E", "zoe@example.com")]
    [InlineData("Bearer dev:", null)]
    [InlineData("Bearer dev:alice%0D%0A@example.com", null)]
    [InlineData("Bearer eyJ0", null)]
    [InlineData("Basic dev:alice@example.com", null)]
    [InlineData(null, null)]
    public async Task Credentials_are_read_only_from_the_header(string? authorization, string? email)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = authorization;
        context.Request.Headers.Cookie = "devicecode-development-user=bob@example.com";

        Assert.Equal(email, (await new DevelopmentSignIn().AuthenticateAsync(context, CancellationToken.None))?.Email);
    }

    [Fact]
    public async Task The_form_redirects_to_the_page_with_the_identity_in_the_fragment()
    {
        await using var app = await PageAsync();
        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var browser = new HttpClient(handler) { BaseAddress = AddressOf(app) };

        Assert.Contains("Who are you?", await browser.GetStringAsync(SignInPage.Path), StringComparison.Ordinal);
        var response = await SubmitAsync(browser, "Zoë <zoe@example.com>");

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Equal("/device#development_user=Zo%C3%AB%20%3Czoe%40example.com%3E", response.Headers.Location?.OriginalString);
        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task An_invalid_identity_is_shown_again_as_text()
    {
        await using var app = await PageAsync();
        using var browser = Browser(app);

        var response = await SubmitAsync(browser, "\"><script>alert(1)</script>");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var page = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_not_a_form_is_rejected()
    {
        await using var app = await PageAsync();
        using var browser = Browser(app);
        using var response = await browser.PostAsJsonAsync(SignInPage.Path, new { user = "alice@example.com" });
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);

        using var broken = new StringContent("--x\r\nnonsense");
        broken.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync(SignInPage.Path, broken)).StatusCode);
    }

    private static async Task<WebApplication> PageAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new ServiceOptions { PublicUrl = new Uri("https://login.example.com") });
        var app = builder.Build();
        app.MapSignInPage();
        await app.StartAsync();
        return app;
    }

    private static HttpClient Browser(WebApplication app) => new() { BaseAddress = AddressOf(app) };

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    private static Task<HttpResponseMessage> SubmitAsync(HttpClient browser, string user) =>
        browser.PostAsync(SignInPage.Path, new FormUrlEncodedContent([new("user", user)]));
}
