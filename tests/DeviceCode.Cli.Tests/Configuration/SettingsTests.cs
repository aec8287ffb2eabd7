namespace DeviceCode.Cli.Tests.Configuration;

using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;

/// <summary>Tests the precedence of flags, environment and configuration file, and the checks of their values.</summary>
public sealed class SettingsTests
{
    private const string Config = """
        {
          // Comments are allowed.
          "profile": "work", "storage": "file", "qr": false,
          "profiles": {
            "work": { "provider": "acme", "client_id": "from-file", "scope": "file", "parameters": { "audience": "https://api.example" } },
          },
          "providers": {
            "acme": {
              "name": "Acme", "device_authorization_endpoint": "https://as.example/device_authorization",
              "token_endpoint": "https://as.example/token"
            },
          },
        }
        """;

    [Fact]
    public async Task The_file_is_enough_to_sign_in()
    {
        using var shell = new Shell();
        shell.Configure(Config);

        var run = (await shell.RunAsync("login")).Ended(ExitCode.Ok);

        Assert.Equal("Signed in to Acme.\n", run.Output);
        Assert.DoesNotContain("notice", run.Error, StringComparison.Ordinal);
        Assert.Equal(["work"], shell.Profiles.Names);
        var asked = shell.Provider.Requests.First().Body;
        Assert.All(["client_id=from-file", "scope=file", "audience=https%3A%2F%2Fapi.example"],
            pair => Assert.Contains(pair, asked, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false, false, "from-file", "file")]
    [InlineData(true, false, "from-environment", "environment")]
    [InlineData(true, true, "from-flag", "flag")]
    [InlineData(false, true, "from-flag", "flag")]
    public async Task Flags_come_first_and_the_environment_second(bool environment, bool flag, string clientId, string scope)
    {
        using var shell = new Shell();
        shell.Configure(Config);
        if (environment)
        {
            shell.Environment["DEVICECODE_CLIENT_ID"] = "from-environment";
            shell.Environment["DEVICECODE_SCOPE"] = "environment";
        }

        string[] flags = flag ? ["--client-id", "from-flag", "--scope", "flag"] : [];
        (await shell.RunAsync(["login", .. flags])).Ended(ExitCode.Ok);

        Assert.All([$"client_id={clientId}", $"scope={scope}"],
            pair => Assert.Contains(pair, shell.Provider.Requests.First().Body, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, null, "work")]
    [InlineData("env", null, "env")]
    [InlineData("env", "flag", "flag")]
    [InlineData("", null, "work")]
    public void The_profile_too(string? environment, string? flag, string profile) =>
        Assert.Equal(profile, new Settings(name => name == "DEVICECODE_PROFILE" ? environment : null, new ConfigFile { Profile = "work" })
            .Profile(flag));

    [Theory]
    [InlineData("QR", "true", true)]
    [InlineData("QR", "0", false)]
    [InlineData("QR", null, null)]
    public void A_switch_is_on_off_or_not_set(string name, string? value, bool? isOn) =>
        Assert.Equal(isOn, new Settings(asked => asked == $"DEVICECODE_{name}" ? value : null, new ConfigFile()).Qr);

    [Theory]
    [InlineData("DEVICECODE_QR", "perhaps")]
    [InlineData("DEVICECODE_BROWSER", "firefox")]
    [InlineData("DEVICECODE_STORAGE", "cloud")]
    [InlineData("DEVICECODE_PROFILE", "../x")]
    public void A_value_that_means_nothing_is_refused(string name, string value)
    {
        var settings = new Settings(asked => asked == name ? value : null, new ConfigFile());
        Assert.Equal(ExitCode.Usage,
            Assert.Throws<CommandException>(() => _ = (settings.Qr, settings.Browser, settings.Storage, settings.Profile(null))).ExitCode);
    }

    [Theory]
    [InlineData("{ \"profil\": \"x\" }", "$.profil", 1)]
    [InlineData("{\n \"profiles\": { \"work\": { \"clientid\": \"x\" } } }", "$.profiles.work.clientid", 2)]
    [InlineData("{ \"qr\": \"yes\" }", "$.qr", 1)]
    [InlineData("{ \"providers\": { \"acme\": { \"issuer\": \"https://as.example\" } } }", "$", 1)]
    [InlineData("{ \"profile\": ", "$.profile", 1)]
    [InlineData("[]", "$", 1)]
    [InlineData("{ \"storage\": 7 }", "$.storage", 1)]
    [InlineData("{ \"profiles\": null }", "$.profiles", 1)]
    [InlineData("{ \"providers\": null }", "$.providers", 1)]
    [InlineData("{\n \"providers\": { \"acme\": { \"name\": \"Acme\", \"isuer\": \"https://as.example\" } } }", "$.providers.acme.isuer",
        2)]
    [InlineData("{ \"providers\": { \"acme\": { \"name\": null } } }", "$.providers.acme.name", 1)]
    public async Task A_wrong_file_is_told_with_the_place(string json, string path, int line)
    {
        using var shell = new Shell();
        shell.Configure(json);

        var run = (await shell.RunAsync("status")).Ended(ExitCode.Usage);

        Assert.Matches(
            $"^error: The configuration file .+ is invalid at {System.Text.RegularExpressions.Regex.Escape(path)}.*, line {line}\\.\n",
            run.Error);
    }

    [Theory]
    [InlineData("{ \"providers\": { \"acme\": null } }", "$.providers.acme")]
    [InlineData("{ \"providers\": { \"acme\": { \"name\": \"Acme\", \"registration_page\": \"register\" } } }", "$.providers.acme")]
    [InlineData("{ \"profiles\": { \"work\": null } }", "$.profiles.work")]
    [InlineData("{ \"profiles\": { \"work\": { \"parameters\": { \"a\": null } } } }", "$.profiles.work.parameters.a")]
    public async Task An_entry_that_says_nothing_is_told_with_the_place(string json, string path)
    {
        using var shell = new Shell();
        shell.Configure(json);

        var run = (await shell.RunAsync("providers")).Ended(ExitCode.Usage);

        Assert.Contains($" is invalid at {path}.\n", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{ \"profile\": \"work\" }")]
    [InlineData("{ \"browser\": false }")]
    [InlineData("{ \"qr\": false }")]
    [InlineData("{ \"storage\": \"file\" }")]
    [InlineData("{ \"profiles\": { \"work\": { \"scope\": \"profile\" } } }")]
    [InlineData("{ \"providers\": { \"acme\": { \"name\": \"Acme\" } } }")]
    public async Task Everything_can_be_left_out(string json)
    {
        using var shell = new Shell();
        shell.Configure(json);

        (await shell.RunAsync("providers")).Ended(ExitCode.Ok);
        (await shell.RunAsync("login", "https://as.example")).Ended(ExitCode.Ok);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("")]
    public async Task A_file_that_is_named_must_be_there(string name)
    {
        using var shell = new Shell();
        shell.Environment["DEVICECODE_CONFIG"] = Path.Combine(shell.Folder, name);

        Assert.Contains("DEVICECODE_CONFIG", (await shell.RunAsync("providers")).Ended(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("completion", "bash")]
    [InlineData("--help")]
    [InlineData("--version")]
    public async Task What_needs_no_file_works_with_a_broken_one(params string[] args)
    {
        using var shell = new Shell();
        shell.Configure("{");

        (await shell.RunAsync(args)).Ended(ExitCode.Ok);
    }
}
