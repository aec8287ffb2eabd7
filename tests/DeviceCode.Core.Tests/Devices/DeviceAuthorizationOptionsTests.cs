namespace DeviceCode.Core.Tests.Devices;

using DeviceCode.Core.Devices;

public sealed class DeviceAuthorizationOptionsTests
{
    public static TheoryData<string, Action<DeviceAuthorizationOptions>> Wrong => new()
    {
        { "ClientName", o => o.ClientName = " " },
        { "CodeLifetime", o => o.CodeLifetime = TimeSpan.FromSeconds(59) },
        { "CodeLifetime", o => o.CodeLifetime = TimeSpan.FromMinutes(61) },
        { "PollingInterval", o => o.PollingInterval = TimeSpan.Zero },
        { "PollingInterval", o => o.PollingInterval = TimeSpan.FromMilliseconds(1500) },
        { "PollingInterval", o => o.PollingInterval = TimeSpan.FromSeconds(61) },
        { "UserCodeLength", o => o.UserCodeLength = 5 },
        { "UserCodeLength", o => o.UserCodeLength = 10 },
        { "Retention", o => o.Retention = TimeSpan.FromMinutes(59) },
        { "Retention", o => o.Retention = TimeSpan.FromDays(8) },
        { "WrongGuessesPerUser", o => o.WrongGuessesPerUser = 0 },
        { "WrongGuessesPerAddress", o => o.WrongGuessesPerAddress = 0 },
        { "WrongGuessWindow", o => o.WrongGuessWindow = TimeSpan.FromSeconds(59) },
        { "CodesPerAddress", o => o.CodesPerAddress = 0 },
        { "CodesPerAddress", o => o.CodesPerAddress = 10_001 },
        { "CodesWindow", o => o.CodesWindow = TimeSpan.Zero },
    };

    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(new DeviceAuthorizationOptions().Validate());

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_setting_is_named(string name, Action<DeviceAuthorizationOptions> mistake)
    {
        var options = new DeviceAuthorizationOptions();
        mistake(options);

        Assert.StartsWith($"DeviceCode:{name} ", Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public void All_invalid_settings_are_reported_at_once()
    {
        var options = new DeviceAuthorizationOptions { UserCodeLength = 5, CodesPerAddress = 0 };
        Assert.Equal(2, options.Validate().Count());
    }

    [Theory]
    [InlineData(8, 5, 23, 15, 15, true)] // 23 of 20^8 is 2^-30.05
    [InlineData(8, 5, 24, 15, 15, false)]
    [InlineData(8, 24, 5, 15, 15, false)]
    [InlineData(8, 5, 20, 15, 14, false)] // the window begins anew while the code lives
    [InlineData(8, 5, 11, 15, 8, true)]
    [InlineData(7, 1, 1, 15, 15, true)]
    [InlineData(7, 1, 2, 15, 15, false)]
    [InlineData(6, 1, 1, 15, 15, false)]
    [InlineData(9, 5, 476, 15, 15, true)]
    [InlineData(9, 5, 477, 15, 15, false)]
    public void Codes_that_could_be_guessed_are_refused(int length, int perUser, int perAddress, int lifetime, int window, bool allowed)
    {
        var options = new DeviceAuthorizationOptions
        {
            UserCodeLength = length,
            WrongGuessesPerUser = perUser,
            WrongGuessesPerAddress = perAddress,
            CodeLifetime = TimeSpan.FromMinutes(lifetime),
            WrongGuessWindow = TimeSpan.FromMinutes(window),
        };

        var failures = options.Validate().ToList();

        Assert.Equal(allowed, failures.Count == 0);
        Assert.All(failures, failure => Assert.Contains("RFC 8628 §5.1", failure, StringComparison.Ordinal));
    }
}
