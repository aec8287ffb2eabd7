namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;

public sealed class OAuthOptionsTests
{
    private const string Sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static TheoryData<string, Action<Client>> Wrong => new()
    {
        { "Id is \"\"", c => c.Id = "" },
        { "Id is \"a b\"", c => c.Id = "a b" },
        { "Id is \"a:b\"", c => c.Id = "a:b" },
        { "SecretSha256 is not a SHA-256 hash", c => c.SecretSha256 = "secret" },
        { "SecretSha256 is not a SHA-256 hash", c => c.SecretSha256 = "" },
        { "SecretSha256 is not a SHA-256 hash", c => c.SecretSha256 = Sha256 + "\n" },
        {
            "SecretSha256 is the hash of an empty secret",
            c => c.SecretSha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        },
        {
            "SecretSha256 is the hash of an empty secret",
            c => c.SecretSha256 = "01BA4719C80B6FE911B091A7C05124B64EEECE964E09C058EF8F9805DACA546B"
        },
        { "Id is \"cli\n\"", c => c.Id = "cli\n" },
        { "Introspects is set", c => c.Introspects = true },
        { "Scopes is \"a \"b\"\"", c => c.Scopes = "a \"b\"" },
        { "DefaultScopes is \"admin\"", c => c.DefaultScopes = "admin" },
        { "DefaultScopes is \"é\"", c => c.DefaultScopes = "é" },
        { "Grants is \"password\"", c => c.Grants = "password" },
        { "AccessTokenLifetime is -", c => c.AccessTokenLifetime = TimeSpan.FromSeconds(-1) },
        { "AccessTokenLifetime is 00:00:01", c => c.AccessTokenLifetime = TimeSpan.FromSeconds(1) },
        { "AccessTokenLifetime is 367", c => c.AccessTokenLifetime = TimeSpan.FromDays(367) },
        { "RefreshTokenLifetime is 00:00:00", c => c.RefreshTokenLifetime = TimeSpan.Zero },
        { "CodeLifetime is 00:00:01", c => c.CodeLifetime = TimeSpan.FromSeconds(1) },
        { "PollingInterval is 00:02:00", c => c.PollingInterval = TimeSpan.FromMinutes(2) },
        { "CodeLifetime makes user codes too easy to guess", c => c.CodeLifetime = TimeSpan.FromMinutes(60) },
    };

    public static TheoryData<TimeSpan, bool> Graces => new()
    {
        { TimeSpan.FromSeconds(20) - Tick, false },
        { TimeSpan.FromSeconds(20), true },
        { TimeSpan.FromMinutes(5), true },
        { TimeSpan.FromMinutes(5) + Tick, false },
    };

    public static TheoryData<TimeSpan, bool> AccessTokenLifetimes => new()
    {
        { -Tick, false },
        { TimeSpan.Zero, true }, // the tokens do not expire
        { Tick, false },
        { TimeSpan.FromMinutes(1) - Tick, false },
        { TimeSpan.FromMinutes(1), true },
        { TimeSpan.FromDays(366), true },
        { TimeSpan.FromDays(366) + Tick, false },
    };

    public static TheoryData<TimeSpan, bool> RefreshTokenLifetimes => new()
    {
        { TimeSpan.FromMinutes(1) - Tick, false },
        { TimeSpan.FromMinutes(1), true },
        { TimeSpan.FromDays(3660), true },
        { TimeSpan.FromDays(3660) + Tick, false },
    };

    private static TimeSpan Tick => TimeSpan.FromTicks(1);

    [Theory]
    [MemberData(nameof(Graces))]
    public void A_grace_is_20_seconds_to_5_minutes(TimeSpan grace, bool isValid) =>
        Assert.Equal(isValid, !new OAuthOptions { RefreshGrace = grace }.Validate(new DeviceAuthorizationOptions()).Any());

    [Theory]
    [MemberData(nameof(AccessTokenLifetimes))]
    public void An_access_token_lives_1_minute_to_366_days_or_forever(TimeSpan lifetime, bool isValid) =>
        Assert.Equal(isValid, IsValid(new Client { Id = "cli", AccessTokenLifetime = lifetime }));

    [Theory]
    [MemberData(nameof(RefreshTokenLifetimes))]
    public void A_refresh_token_lives_1_minute_to_3660_days(TimeSpan lifetime, bool isValid) =>
        Assert.Equal(isValid, IsValid(new Client { Id = "cli", RefreshTokenLifetime = lifetime }));

    [Theory]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void An_id_has_1_to_100_characters(int length, bool isValid) =>
        Assert.Equal(isValid, IsValid(new Client { Id = new string('a', length) }));

    [Theory]
    [InlineData("", "", true)]
    [InlineData("profile", "", true)]
    [InlineData("profile email", "email profile", true)]
    [InlineData("", "profile", false)]
    public void Default_scopes_are_some_of_the_scopes_or_none(string scopes, string defaults, bool isValid) =>
        Assert.Equal(isValid, IsValid(new Client { Id = "cli", Scopes = scopes, DefaultScopes = defaults }));

    [Theory]
    [InlineData("")]
    [InlineData("device_code")]
    [InlineData("refresh_token device_code")]
    public void A_client_may_use_any_of_the_grants(string grants) => Assert.True(IsValid(new Client { Id = "cli", Grants = grants }));

    [Fact]
    public void A_setting_that_is_missing_is_empty_and_reported()
    {
        var options = new OAuthOptions { Clients = { new Client() }, ScopeDescriptions = { new() } };

        Assert.Equal(
            [
                "OAuth:ScopeDescriptions:0:Scope is missing. Set it to one scope.",
                "OAuth:ScopeDescriptions:0:Description is missing. Set it to the meaning of the scope.",
                "OAuth:Clients:0:Id is \"\"; use 1 to 100 letters, digits and - . _ ~.",
            ],
            options.Validate(new DeviceAuthorizationOptions()));
    }

    [Fact]
    public void A_setting_for_all_clients_that_is_invalid_is_not_reported_for_each_client()
    {
        var devices = new DeviceAuthorizationOptions { CodesPerAddress = 0 };
        var options = new OAuthOptions
        {
            Clients = { new Client { Id = "one" }, new Client { Id = "two", PollingInterval = TimeSpan.FromMinutes(2) } },
        };

        Assert.Equal(
            ["OAuth:Clients:1:PollingInterval is 00:02:00; it must be from 00:00:01 to 00:01:00."], options.Validate(devices));
    }

    [Fact]
    public void The_settings_of_device_authorizations_are_required() =>
        Assert.Throws<ArgumentNullException>(() => new OAuthOptions().Validate(null!).Any());

    [Fact]
    public void Valid_settings_pass()
    {
        var options = new OAuthOptions
        {
            Clients =
            {
                new Client { Id = "cli", Scopes = "profile email", DefaultScopes = "email", CodeLifetime = TimeSpan.FromMinutes(10) },
                new Client { Id = "Api-1.x_~", SecretSha256 = Sha256, Introspects = true, Grants = "" },
                new Client { Id = "forever", AccessTokenLifetime = TimeSpan.Zero },
            },
        };
        Assert.Empty(options.Validate(new DeviceAuthorizationOptions()));
        Assert.Empty(new OAuthOptions().Validate(new DeviceAuthorizationOptions()));
    }

    [Fact]
    public void Each_scope_has_one_complete_description()
    {
        var options = new OAuthOptions
        {
            ScopeDescriptions =
            {
                new() { Scope = "repo:read", Description = "Read your repositories" },
                new() { Scope = "repo:read", Description = "Read them again" },
                new() { Scope = "two scopes", Description = "Both" },
                new() { Scope = "admin", Description = " " },
                new() { Scope = "", Description = "Nothing" },
            },
        };

        Assert.Equal(
            [
                "OAuth:ScopeDescriptions:1:Scope is \"repo:read\", which an earlier entry describes, too. Describe each scope once.",
                "OAuth:ScopeDescriptions:2:Scope is \"two scopes\"; use one scope, and only the characters of RFC 6749 §3.3.",
                "OAuth:ScopeDescriptions:3:Description is missing. Set it to the meaning of the scope.",
                "OAuth:ScopeDescriptions:4:Scope is missing. Set it to one scope.",
            ],
            options.Validate(new DeviceAuthorizationOptions()));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void An_invalid_setting_is_named(string failure, Action<Client> mistake)
    {
        var client = new Client { Id = "cli", Scopes = "profile" };
        mistake(client);
        var options = new OAuthOptions { Clients = { new Client { Id = "right" }, client } };

        var actual = Assert.Single(options.Validate(new DeviceAuthorizationOptions()));
        Assert.StartsWith($"OAuth:Clients:1:{failure}", actual, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_about_an_access_token_mentions_tokens_that_last_as_long_as_the_login()
    {
        var options = new OAuthOptions { Clients = { new Client { Id = "cli", AccessTokenLifetime = TimeSpan.FromSeconds(1) } } };

        Assert.Equal(
            "OAuth:Clients:0:AccessTokenLifetime is 00:00:01; it must be from 1 minute to 366 days, or 0 for tokens that are valid "
            + "as long as the login.",
            Assert.Single(options.Validate(new DeviceAuthorizationOptions())));
    }

    [Fact]
    public void A_lifetime_that_makes_codes_too_easy_to_guess_is_named_in_a_sentence()
    {
        var options = new OAuthOptions { Clients = { new Client { Id = "cli", CodeLifetime = TimeSpan.FromMinutes(60) } } };

        Assert.Equal(
            "OAuth:Clients:0:CodeLifetime makes user codes too easy to guess: while a code is valid, 80 wrong codes are allowed, and one "
            + "of them matches a given code of 8 letters with a probability of 2^-28.3. The maximum is 2^-30 (RFC 8628 §5.1). "
            + "Lower DeviceCode:WrongGuessesPerUser and DeviceCode:WrongGuessesPerAddress, raise DeviceCode:UserCodeLength, "
            + "shorten OAuth:Clients:0:CodeLifetime or lengthen DeviceCode:WrongGuessWindow.",
            Assert.Single(options.Validate(new DeviceAuthorizationOptions())));
    }

    [Fact]
    public void Ids_are_unique_and_the_grace_is_short()
    {
        var options = new OAuthOptions
        {
            RefreshGrace = TimeSpan.FromMinutes(6),
            Clients = { new Client { Id = "cli" }, new Client { Id = "cli" } },
        };
        Assert.Equal(
            [
                "OAuth:RefreshGrace is 00:06:00; it must be from 00:00:20 to 00:05:00.",
                "OAuth:Clients:1:Id is \"cli\", which another client has, too. Make the ids unique.",
            ],
            options.Validate(new DeviceAuthorizationOptions()));
    }

    private static bool IsValid(Client client) =>
        !new OAuthOptions { Clients = { client } }.Validate(new DeviceAuthorizationOptions()).Any();
}
