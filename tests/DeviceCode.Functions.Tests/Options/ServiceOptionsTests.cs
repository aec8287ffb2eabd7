namespace DeviceCode.Functions.Tests.Options;

using DeviceCode.Functions.Options;

public sealed class ServiceOptionsTests
{
    public static TheoryData<string, Action<ServiceOptions>> Wrong => new()
    {
        { "DeviceCode:PublicUrl is missing. Set it to the https address", o => o.PublicUrl = null },
        { "DeviceCode:PublicUrl is \"http://login.example.com\"; it must be", o => o.PublicUrl = new Uri("http://login.example.com") },
        { "DeviceCode:PublicUrl is \"/login\"; it must be", o => o.PublicUrl = new Uri("/login", UriKind.Relative) },
        { "DeviceCode:PublicUrl is \"https://login.example.com/?x=y\"; ", o => o.PublicUrl = new Uri("https://login.example.com/?x=y") },
        { "DeviceCode:PublicUrl is \"https://user@login.example.com/\"; ", o => o.PublicUrl = new Uri("https://user@login.example.com/") },
        { "DeviceCode:ClientAddressHeader is \" \"; it must be the name of a header", o => o.ClientAddressHeader = " " },
        { "DeviceCode:ClientAddressHeader is \"\"; it must", o => o.ClientAddressHeader = "" },
        { "DeviceCode:ClientAddressHeader is \"X-IP:\"; it must", o => o.ClientAddressHeader = "X-IP:" },
        { "DeviceCode:ClientAddressHeader is \"X-IP\n\"; it must", o => o.ClientAddressHeader = "X-IP\n" },
        { "DeviceCode:ClientAddressHeader is \"X-IP, X-Real-IP\"; it must", o => o.ClientAddressHeader = "X-IP, X-Real-IP" },
        { "DeviceCode:ClientAddressHeader is \"forwarded\", whose syntax", o => o.ClientAddressHeader = "forwarded" },
        { "DeviceCode:ClientAddressHeader is \"X-Forwarded-Host\", whose syntax", o => o.ClientAddressHeader = "X-Forwarded-Host" },
        { "DeviceCode:ApiKeysUrl is missing. Set it to the https address", o => o.ApiKeysUrl = null },
        { "DeviceCode:ApiKeysUrl is \"javascript:alert(1)\"; it must be", o => o.ApiKeysUrl = new Uri("javascript:alert(1)") },
        { "DeviceCode:TrustedProxies is -1", o => o.TrustedProxies = -1 },
        { "DeviceCode:TrustedProxies is 6", o => o.TrustedProxies = 6 },
        { "DeviceCode:CorsOrigins contains \"*\"", o => o.CorsOrigins.Add("*") },
        { "DeviceCode:CorsOrigins contains \"https://a.example.com/\"", o => o.CorsOrigins.Add("https://a.example.com/") },
        { "DeviceCode:CorsOrigins contains \"http://a.example.com\"", o => o.CorsOrigins.Add("http://a.example.com") },
    };

    [Fact]
    public void Valid_settings_are_accepted() => Assert.Empty(Right().Validate());

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_setting_is_named(string failure, Action<ServiceOptions> mistake)
    {
        var options = Right();
        mistake(options);
        Assert.StartsWith(failure, Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    private static ServiceOptions Right() => new()
    {
        PublicUrl = new Uri("https://login.example.com"),
        ApiKeysUrl = new Uri("http://localhost:3000/keys"),
        CorsOrigins = { "https://dashboard.example.com", "http://localhost:3000" },
    };
}
