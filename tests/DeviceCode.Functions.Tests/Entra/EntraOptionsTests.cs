namespace DeviceCode.Functions.Tests.Entra;

using DeviceCode.Functions.Entra;

public sealed class EntraOptionsTests
{
    private const string Instance = "https://login.microsoftonline.com/";
    private const string Id = "11111111-2222-3333-4444-555555555555";
    private const string Other = "66666666-2222-3333-4444-555555555555";
    private const string Organizations = "https://login.microsoftonline.com/organizations";

    [Theory]
    [InlineData(Instance, Id, Id, null)]
    [InlineData(Instance, "organizations", Id, null)]
    [InlineData(null, Id, Id, "AzureAd:Instance is missing. Set it to the cloud's login address")]
    [InlineData("http://login.microsoftonline.com/", Id, Id, "AzureAd:Instance is \"http://login.microsoftonline.com/\"; it must be")]
    [InlineData(Instance, " ", Id, "AzureAd:TenantId is missing.")]
    [InlineData(Instance, Id, "api", "AzureAd:ClientId is \"api\"; it must be")]
    [InlineData(Instance, Id, "", "AzureAd:ClientId is missing. Set it to the application (client) id")]
    public void An_invalid_setting_is_named(string? instance, string? tenant, string? client, string? failure)
    {
        var failures = new EntraOptions { Instance = instance, TenantId = tenant, ClientId = client }.Validate().ToList();
        if (failure is null)
        {
            Assert.Empty(failures);
        }
        else
        {
            Assert.StartsWith(failure, Assert.Single(failures), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_invalid_PageClientId_is_named()
    {
        var options = new EntraOptions { Instance = Instance, TenantId = Id, ClientId = Id, PageClientId = "page" };
        Assert.StartsWith("AzureAd:PageClientId is \"page\"; it must be", Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Instance, null, null, Organizations, Id, Id + "/.default")]
    [InlineData("https://login.microsoftonline.us", "", " ", "https://login.microsoftonline.us/organizations", Id, Id + "/.default")]
    [InlineData(Instance, Other, "api://devicecode/approve openid", Organizations, Other, "api://devicecode/approve openid")]
    public void The_page_signs_in_with_the_same_registration_or_its_own(
        string instance, string? pageClientId, string? pageScope, string authority, string clientId, string scope)
    {
        var options = new EntraOptions
        {
            Instance = instance,
            TenantId = "organizations",
            ClientId = Id,
            PageClientId = pageClientId,
            PageScope = pageScope,
        };
        var page = options.Page;

        Assert.Equal(
            ("msal", authority, clientId, scope, "AAD"),
            (page.Method, page.Authority?.AbsoluteUri, page.ClientId, page.Scope, page.ProtocolMode));
        Assert.Equal(new Uri(instance).GetLeftPart(UriPartial.Authority), page.Origin);
    }
}
