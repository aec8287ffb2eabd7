namespace DeviceCode.Tables.Tests;

public sealed class TableStorageOptionsTests
{
    private const string Development = "UseDevelopmentStorage=true";

    [Theory]
    [InlineData(Development, null, "", null)]
    [InlineData(null, "https://account.table.core.windows.net", "", null)]
    [InlineData(null, "https://account.table.core.windows.net", "prefix1", null)]
    [InlineData(null, null, "", "No storage is configured.")]
    [InlineData("", null, "", "No storage is configured.")]
    [InlineData(Development, "https://account.table.core.windows.net", "", "Storage:ConnectionString and Storage:Endpoint are both set.")]
    [InlineData("nonsense", null, "", "Storage:ConnectionString is not a storage connection string")]
    [InlineData("AccountName=a;AccountKey=!", null, "", "Storage:ConnectionString is not a storage connection string")]
    [InlineData(null, "http://example.com", "", "Storage:Endpoint is \"http://example.com/\"; it must be an https URL")]
    [InlineData(null, "https://a.table.core.usgovcloudapi.net", "", "Storage:Endpoint is \"https://a.table.core.usgovcloudapi.net/\"")]
    [InlineData(null, "https://A.table.core.ChinaCloudApi.cn/", "", "Storage:Endpoint is \"https://a.table.core.chinacloudapi.cn/\"")]
    [InlineData(null, "account", "", "Storage:Endpoint is \"account\"; it must be an https URL")]
    [InlineData(Development, null, "1st", "Storage:TablePrefix is \"1st\"; use at most 30 letters and digits")]
    [InlineData(Development, null, "with-dash", "Storage:TablePrefix is \"with-dash\"; use at most 30 letters and digits")]
    public void An_invalid_setting_is_named(string? connectionString, string? endpoint, string prefix, string? failure)
    {
        var options = new TableStorageOptions
        {
            ConnectionString = connectionString,
            Endpoint = endpoint is null ? null : new Uri(endpoint, UriKind.RelativeOrAbsolute),
            TablePrefix = prefix,
        };

        var failures = options.Validate().ToList();

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
    public void A_client_is_created_for_both_kinds_of_settings()
    {
        var clock = new StorageClock(TimeProvider.System);
        Assert.NotNull(new DeviceCodeTables(new TableStorageOptions { ConnectionString = Development }, clock));
        var azure = new TableStorageOptions { Endpoint = new Uri("https://account.table.core.windows.net") };
        Assert.NotNull(new DeviceCodeTables(azure, clock));
    }
}
