namespace DeviceCode.Browser.Tests;

using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

/// <summary>A login at a service whose public address has a path, through a reverse proxy that removes the path.</summary>
public sealed class PathTests(Chromium chromium)
{
    [Theory]
    [InlineData("/login")]
    [InlineData("/a/b/")]
    [InlineData("/caf%C3%A9%20a")]
    public async Task A_device_finds_the_metadata_and_a_person_approves_on_the_page(string path)
    {
        await using var proxy = await PathProxy.StartAsync(path);
        using var service = new TestService(new() { ["DeviceCode:PublicUrl"] = proxy.PublicUrl.AbsoluteUri });
        proxy.Service = service.Client.BaseAddress;
        using var device = new HttpClient();
        var metadata = await device.GetFromJsonAsync<JsonElement>(proxy.Metadata);
        Assert.Equal(proxy.PublicUrl.AbsoluteUri.TrimEnd('/'), metadata.GetProperty("issuer").GetString());
        var codes = await PostAsync("device_authorization_endpoint", new() { ["client_id"] = "cli", ["scope"] = "profile" });
        var userCode = codes.GetProperty("user_code").GetString()!;
        var deviceCode = codes.GetProperty("device_code").GetString()!;
        service.Watch(userCode);
        service.Watch(deviceCode);
        var verificationUri = $"{proxy.PublicUrl.AbsoluteUri.TrimEnd('/')}/device";
        Assert.Equal(verificationUri, codes.GetProperty("verification_uri").GetString());

        await using var page = await chromium.OpenAsync(proxy.PublicUrl, now: service.Time.GetUtcNow());
        var failed = new ConcurrentQueue<string>();
        page.Page.Response += (_, response) =>
        {
            if (response.Status >= 400)
            {
                failed.Enqueue($"{response.Status} {response.Url}");
            }
        };
        await page.Page.GotoAsync(codes.GetProperty("verification_uri_complete").GetString()!);
        await page.SignInAsync();
        await page.SeesAsync("Does your device show this code?");
        Assert.Equal(verificationUri, page.Page.Url);
        await page.PressAsync("Yes, same code");
        await page.SeesAsync("Connect “The example command line” to your account?");
        await page.PressAsync("Approve");
        await page.SeesAsync("✓ Approved");

        Assert.Empty(failed);
        var tokens = await PostAsync("token_endpoint", new()
        {
            ["client_id"] = "cli",
            ["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code",
            ["device_code"] = deviceCode,
        });
        Assert.Equal("profile", tokens.GetProperty("scope").GetString());

        async Task<JsonElement> PostAsync(string endpoint, Dictionary<string, string> form)
        {
            using var response = await device.PostAsync(metadata.GetProperty(endpoint).GetString(), new FormUrlEncodedContent(form));
            return await response.Content.ReadFromJsonAsync<JsonElement>();
        }
    }
}
