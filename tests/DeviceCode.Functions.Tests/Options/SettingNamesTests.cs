namespace DeviceCode.Functions.Tests.Options;

using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Options;
using Microsoft.Extensions.Configuration;

public sealed class SettingNamesTests
{
    [Theory]
    [InlineData("S:PublicUrl", "https://login.example.com")]
    [InlineData("S:publicurl", "https://login.example.com")]
    [InlineData("S:CodeLifetime", "00:10:00")]
    [InlineData("S:CorsOrigins", "")]
    [InlineData("S:CorsOrigins:0", "https://a.example")]
    [InlineData("S:CorsOrigins:dashboard", "https://a.example")]
    [InlineData("S:ApiKeysUrl", "")]
    [InlineData("Another:Setting", "x")]
    public void A_setting_that_is_read_is_accepted(string name, string value) => Assert.Empty(Check<ServiceOptions>(name, value));

    [Theory]
    [InlineData("S:CodeLifeTimes", "Unknown setting S:CodeLifeTimes. Check its spelling, or remove it.")]
    [InlineData("S:Issuer", "Unknown setting S:Issuer. Check its spelling, or remove it.")]
    [InlineData("S:Cors:Origins:0", "Unknown setting S:Cors. Check its spelling, or remove it.")]
    [InlineData("S:CorsOrigins", "S:CorsOrigins is a list. Set its values as S:CorsOrigins:0, S:CorsOrigins:1 and so on.")]
    [InlineData("S:CorsOrigins:0:Origin", "S:CorsOrigins:0 is a single value. Set it instead of S:CorsOrigins:0:Origin.")]
    [InlineData("S:PublicUrl:0", "S:PublicUrl is a single value. Set it instead of S:PublicUrl:0.")]
    [InlineData("S:CodeLifetime:Minutes", "S:CodeLifetime is a single value. Set it instead of S:CodeLifetime:Minutes.")]
    public void A_setting_that_the_binder_would_ignore_is_named(string name, string failure) =>
        Assert.Equal([failure], Check<ServiceOptions>(name, "x"));

    [Theory]
    [InlineData("S:Clients", "S:Clients is a list. Set its values as S:Clients:0, S:Clients:1 and so on.")]
    [InlineData("S:Clients:0", "S:Clients:0 is a group of settings. Set the settings in it, like S:Clients:0:Id.")]
    [InlineData("S:Clients:0:Scpoes", "Unknown setting S:Clients:0:Scpoes. Check its spelling, or remove it.")]
    [InlineData("S:Clients:0:IsConfidential", "Unknown setting S:Clients:0:IsConfidential. Check its spelling, or remove it.")]
    [InlineData("S:Clients:0:Scopes:0", "S:Clients:0:Scopes is a single value. Set it instead of S:Clients:0:Scopes:0.")]
    [InlineData("S:ScopeDescriptions:0:Text", "Unknown setting S:ScopeDescriptions:0:Text. Check its spelling, or remove it.")]
    [InlineData("S:Client:0:Id", "Unknown setting S:Client. Check its spelling, or remove it.")]
    public void Settings_in_lists_are_checked_too(string name, string failure) => Assert.Equal([failure], Check<OAuthOptions>(name, "x"));

    [Fact]
    public void Settings_of_a_library_that_reads_the_same_section_are_accepted()
    {
        Assert.Empty(Check<ServiceOptions>("S:GrantTypes", "x", typeof(OAuthOptions), typeof(WithGrantTypes)));
        Assert.Single(Check<ServiceOptions>("S:GrantTypos", "x", typeof(OAuthOptions), typeof(WithGrantTypes)));
    }

    private static List<string> Check<T>(string name, string value, params Type[] others)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();
        return [.. SettingNames.Check(configuration.GetSection("S"), typeof(T), others)];
    }

    private sealed class WithGrantTypes
    {
        public string? GrantTypes { get; set; }
    }
}
