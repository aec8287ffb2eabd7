namespace DeviceCode.Functions.Tests.SignIn;

using DeviceCode.Functions.SignIn;

public sealed class EntraOptionsTests
{
    private const string Instance = "https://login.microsoftonline.com/";
    private const string Id = "11111111-2222-3333-4444-555555555555";

    [Theory]
    [InlineData(Instance, Id, Id, null)]
    [InlineData(Instance, "organizations", Id, null)]
    [InlineData(null, Id, Id, "AzureAd:Instance must be")]
    [InlineData("http://login.microsoftonline.com/", Id, Id, "AzureAd:Instance must be")]
    [InlineData(Instance, " ", Id, "AzureAd:TenantId is missing.")]
    [InlineData(Instance, Id, "api", "AzureAd:ClientId must be")]
    public void A_wrong_setting_is_named(string? instance, string? tenant, string? client, string? failure)
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
}
