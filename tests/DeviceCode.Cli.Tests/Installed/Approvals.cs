namespace DeviceCode.Cli.Tests.Installed;

using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

/// <summary>What a person does at <c>verification_uri_complete</c>, over HTTP.</summary>
/// <param name="page">The address, with the code in it.</param>
internal delegate Task Approval(Uri page);

internal static partial class Approvals
{
    /// <summary>Approves at our own service, as Alice.</summary>
    public static Task AtServiceAsync(Uri page) => DecideAtServiceAsync(page, "approve");

    /// <summary>Says no at our own service.</summary>
    public static Task DenyAtServiceAsync(Uri page) => DecideAtServiceAsync(page, "deny");

    /// <summary>Does what a browser would do at a site of plain forms: sends each with what is in it, until there is none.</summary>
    public static async Task ByFormsAsync(Uri page)
    {
        using var handler = new HttpClientHandler { CookieContainer = new CookieContainer() };
        using var browser = new HttpClient(handler);
        var answer = await browser.GetAsync(page);
        for (var pages = 0; pages < 10; pages++)
        {
            var html = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.IsSuccessStatusCode, html);
            if (Form().Match(html) is not { Success: true } form)
            {
                return;
            }

            var fields = Field().Matches(form.Value).ToDictionary(
                field => Name().Match(field.Value).Groups[1].Value,
                field => Value().Match(field.Value) is { Success: true } value ? WebUtility.HtmlDecode(value.Groups[1].Value) : "alice");
            var action = new Uri(answer.RequestMessage!.RequestUri!, WebUtility.HtmlDecode(Action().Match(form.Value).Groups[1].Value));
            answer = await browser.PostAsync(action, new FormUrlEncodedContent(fields));
        }

        Assert.Fail("There was a form on every page.");
    }

    private static async Task DecideAtServiceAsync(Uri page, string action)
    {
        using var browser = new HttpClient { DefaultRequestHeaders = { { "Authorization", "Bearer dev:Alice Example <alice@example.com>" } } };
        var code = QueryHelpers.ParseQuery(page.Query)["user_code"].ToString();
        using var answer = await browser.PostAsJsonAsync(new Uri(page, "/auth/device/authorize"), new { user_code = code, action });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [GeneratedRegex("<form.*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("<input[^>]*name=[^>]*>")]
    private static partial Regex Field();

    [GeneratedRegex("name=\"([^\"]*)\"")]
    private static partial Regex Name();

    [GeneratedRegex("value=\"([^\"]*)\"")]
    private static partial Regex Value();

    [GeneratedRegex("action=\"([^\"]*)\"")]
    private static partial Regex Action();
}
