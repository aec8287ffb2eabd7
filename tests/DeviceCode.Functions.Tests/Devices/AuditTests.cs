namespace DeviceCode.Functions.Tests.Devices;

using System.Text.RegularExpressions;
using DeviceCode.Functions.Tests.OAuth;

/// <summary>The audit events. They identify people and logins by ids, with which an operator can find the rest.</summary>
public sealed partial class AuditTests
{
    private const string Alice = "03fa7d87-eefb-5baa-581d-3e49a74cdb3f";

    [Fact]
    public async Task A_login_has_one_id_from_the_codes_to_the_tokens()
    {
        using var oauth = new OAuthService();
        var tokens = await oauth.SignInAsync("cli");
        await oauth.RefreshAsync(tokens["refresh_token"]!);

        var events = Messages(oauth.Service, "issued to|approved by|completed, with|refreshed");
        Assert.Equal(4, events.Count);
        Assert.Single(events.Take(3).Select(message => Guids.Match(message).Value).Distinct());
        Assert.Contains($"approved by {Alice}; from the device's own network: True.", events[1], StringComparison.Ordinal);
        Assert.Equal(GrantOf(events[2]), GrantOf(events[3]));
    }

    [Fact]
    public async Task Wrong_codes_are_logged_with_the_person_and_exceeded_limits_as_warnings()
    {
        using var service = new TestService();
        for (var i = 0; i < 6; i++)
        {
            await service.AuthorizeAsync("BBBB-BBBB");
        }

        var events = Messages(service, "entered an invalid user code|has sent too many");
        Assert.Equal([.. Enumerable.Repeat("Information", 5), "Warning"], events.Select(message => message.Split(' ')[0]));
        Assert.All(events, message => Assert.Contains($" {Alice} in the network ", message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/auth/device/code")]
    [InlineData("/oauth/device/code")]
    public async Task A_flood_of_code_requests_is_logged_once_per_window(string path)
    {
        using var oauth = new OAuthService(new() { ["DeviceCode:CodesPerAddress"] = "2", ["DeviceCode:CodesWindow"] = "00:05:00" });
        for (var window = 0; window < 2; window++)
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(i < 2 ? 200 : 429, (await oauth.Service.PostAsync(path, new { client_id = "cli" })).Status);
            }

            Assert.Equal((window + 1) * 2, Messages(oauth.Service, "issued to").Count);
            Assert.Equal(window + 1, Messages(oauth.Service, "has requested too many codes").Count);
            oauth.Advance(5 * 60);
        }
    }

    [Fact]
    public async Task A_flood_of_wrong_codes_is_logged_once_and_malformed_codes_are_not_logged()
    {
        using var service = new TestService();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(400, (await service.InspectAsync("not a code")).Status);
        }

        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(i < 5 ? 400 : 429, (await service.InspectAsync("BBBB-BBBB")).Status);
            Assert.Equal(i < 4 ? 400 : 429, (await service.AuthorizeAsync("not a code")).Status);
        }

        Assert.Equal(5, Messages(service, "entered an invalid user code").Count);
        Assert.Single(Messages(service, "has sent too many"));
    }

    [Fact]
    public async Task A_network_over_the_limit_is_logged_without_the_person_of_the_request()
    {
        using var service = new TestService(new() { ["DeviceCode:WrongGuessesPerAddress"] = "2" });
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(i < 2 ? 400 : 429, (await service.InspectAsync("BBBB-BBBB")).Status);
        }

        Assert.Equal(400, (await service.InspectAsync("BBBB-BBBB", TestService.Bob)).Status); // his first wrong code
        Assert.Equal(429, (await service.InspectAsync("BBBB-BBBB", TestService.Bob)).Status);

        var message = Assert.Single(Messages(service, "has sent too many"));
        Assert.DoesNotContain(Alice, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revocation_is_logged_once_with_its_grant_and_its_client()
    {
        using var oauth = new OAuthService();
        var first = await oauth.SignInAsync("cli");
        var second = await oauth.RefreshAsync(first["refresh_token"]!);
        await oauth.RevokeAsync(second["refresh_token"]!, "cli2");
        await oauth.RevokeAsync(first["access_token"]!);
        for (var i = 0; i < 2; i++)
        {
            await oauth.RevokeAsync(second["refresh_token"]!);
        }

        var events = Messages(oauth.Service, "revoked by");
        Assert.Collection(
            events,
            message => Assert.Contains("revoked by the client cli; this ends the grant: False.", message, StringComparison.Ordinal),
            message => Assert.Contains("revoked by the client cli; this ends the grant: True.", message, StringComparison.Ordinal));
        Assert.All(events, message => Assert.Equal(GrantOf(Messages(oauth.Service, "completed, with")[0]), GrantOf(message)));
    }

    private static List<string> Messages(TestService service, string pattern) =>
        [.. service.Logged.Where(line => Regex.IsMatch(line, pattern))];

    private static string GrantOf(string message) => Grant.Match(message).Groups[1].Value;

    [GeneratedRegex("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Guids { get; }

    [GeneratedRegex("the grant ([0-9a-f-]{36})")]
    private static partial Regex Grant { get; }
}
