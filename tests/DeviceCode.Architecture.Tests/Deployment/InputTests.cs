namespace DeviceCode.Architecture.Tests.Deployment;

using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Core.Broker;
using DeviceCode.Core.OAuth;

/// <summary>The variables of the azd environment, the parameters of the template, and the mistakes that Resource Manager rejects.</summary>
[Collection<SharedBicep>]
public sealed partial class InputTests(Bicep bicep)
{
    private static readonly JsonElement ParametersFile =
        JsonDocument.Parse(Read("infra", "main.parameters.json")).RootElement.GetProperty("parameters");

    private static readonly string Workflow = Read(".github", "workflows", "azure-dev.yml");

    private readonly Dictionary<string, JsonElement> _parameters =
        bicep.Template.GetProperty("parameters").EnumerateObject().ToDictionary(parameter => parameter.Name, parameter => parameter.Value);

    /// <summary>Parameters with a mistake, and the end of the error.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "oauthClients", "[{ Name: 'The CLI' }]", "A non-null value for the property 'Id' must be provided" },
        { "oauthClients", "[{ Id: 'cli', Scope: 'profile' }]", "unknown properties were present: ['Scope']" },
        { "oauthClients", "[{ Id: '' }]", "'oauthClients[0].Id' is not valid. Length of the value" },
        { "oauthClients", "[{ Id: 'cli', Enabled: 'no' }]", "'oauthClients[0].Enabled' is not valid. Expected a value" },
        { "oauthClients", "[{ Id: 'cli', SecretSha256: 'secret' }]", "'oauthClients[0].SecretSha256' is not valid. Length of the value" },
        { "oauthClients", "[{ Id: 'cli', AccessTokenLifetime: '3600' }]", "'oauthClients[0].AccessTokenLifetime' is not valid. Length" },
        { "oauthClients", "[{ Id: 'cli', Grants: 'authorization_code' }]", "'oauthClients[0].Grants' is not valid. The value" },
        { "oauthClients", "[{ Id: 'cli' }, { Id: 'cli' }]", "Two clients in OAUTH_CLIENTS have the same Id." },
        { "oauthClients", "[{ Id: 'api', Introspects: true }]", "A client in OAUTH_CLIENTS has Introspects without SecretSha256." },
        { "oauthScopeDescriptions", "[{ Scope: 'deploy' }]", "A non-null value for the property 'Description' must be provided" },
        { "brokerProviders", "{ github: { Kind: 'git', ClientId: 'a' } }", "'brokerProviders.github.Kind' is not valid. The value 'git'" },
        { "brokerProviders", "{ github: { Kind: 'github' } }", "A non-null value for the property 'ClientId' must be provided" },
        { "brokerProviders", "{ github: { Kind: 'github', ClientId: 'a', ClientSecrets: 'a' } }", "Expected a value of type 'Array" },
        { "appSettings", "{ DeviceCode__UserCodeLength: 9 }", "'appSettings.DeviceCode__UserCodeLength' is not valid. Expected a value" },
        { "location", "'usgovvirginia'", "The value 'usgovvirginia' is not part of the allowed value(s)" },
        { "maximumInstanceCount", "0", "'maximumInstanceCount' is not valid. Value should be greater than or equal to '1'" },
        { "logRetentionDays", "29", "'logRetentionDays' is not valid. Value should be greater than or equal to '30'" },
        { "auditRetentionDays", "731", "'auditRetentionDays' is not valid. Value should be less than or equal to '730'" },
        { "createEntraApp", "false", "Set ENTRA_CLIENT_ID to the client id of your app registration" },
        { "frontDoorId", "'33333333-3333-3333-3333-333333333333'", "FRONT_DOOR_ID is set and PUBLIC_URL is empty." },
        { "monthlyBudget", "5", "Set BUDGET_START_DATE to the first day of this month" },
    };

    // azd ends the default of a variable at the first brace, and leaves out an object whose variable is not set.
    private static List<(string Parameter, string Variable, string Default)> Variables =>
    [
        .. ParametersFile.EnumerateObject()
            .Select(parameter => (parameter.Name, Match: Variable.Match(parameter.Value.GetProperty("value").GetString()!)))
            .Select(parameter => (parameter.Name, parameter.Match.Groups[1].Value, parameter.Match.Groups[2].Value)),
    ];

    [Fact]
    public void The_parameters_file_has_every_parameter_and_no_other() =>
        Assert.Equal(_parameters.Keys.Order(), Variables.Select(variable => variable.Parameter).Order());

    [Fact]
    public void A_default_is_the_same_in_the_parameters_file_and_in_the_template() => Assert.All(Variables, variable =>
    {
        var expected = DefaultOf(variable.Parameter) is var declared and not "{}" ? declared : "";
        Assert.Equal((variable.Parameter, expected), (variable.Parameter, variable.Default));
    });

    [Fact]
    public void Every_variable_of_the_azd_environment_is_documented_and_passed_on_by_the_workflow()
    {
        var document = Read("docs", "deploy.md");
        Assert.All(Variables.Select(variable => variable.Variable), variable =>
        {
            Assert.Contains($"`{variable}`", document, StringComparison.Ordinal);
            Assert.Contains($$$"""{{{variable}}}: ${{ vars.{{{variable}}} }}""", Workflow, StringComparison.Ordinal);
        });
    }

    // azd reads the empty text of an undefined GitHub variable as an invalid object. It takes the default of an empty list, which would
    // remove the registered values.
    [Fact]
    public void The_workflow_stops_when_a_list_or_an_object_is_not_written_out()
    {
        var lists = Variables.Where(variable => DefaultOf(variable.Parameter) is "[]" or "{}").Select(variable => variable.Variable);

        AssertChecked("list", lists);
    }

    // azd ignores it and uses the default.
    [Theory]
    [InlineData("switch", "bool")]
    [InlineData("number", "int")]
    public void The_workflow_stops_when_a_switch_or_a_number_is_something_else(string name, string type) => AssertChecked(
        name,
        Variables.Where(variable => _parameters[variable.Parameter].GetProperty("type").GetString() == type)
            .Select(variable => variable.Variable));

    [Fact]
    public void Only_a_text_object_or_list_can_be_without_a_default_in_the_parameters_file() => Assert.All(
        Variables.Where(variable => variable.Default.Length == 0),
        variable => Assert.Contains(_parameters[variable.Parameter].GetProperty("type").GetString(), new[] { "string", "object" }));

    [Theory]
    [InlineData("oauthClient", typeof(Client))]
    [InlineData("scopeDescription", typeof(ScopeDescription))]
    [InlineData("brokerProvider", typeof(BrokerProvider))]
    public void The_type_of_an_object_has_the_members_of_the_setting(string name, Type setting)
    {
        var type = bicep.Template.GetProperty("definitions").GetProperty(name);

        Assert.False(type.GetProperty("additionalProperties").GetBoolean());
        Assert.Equal(
            setting.GetProperties().Where(IsRead).Select(property => property.Name).Order(),
            type.GetProperty("properties").EnumerateObject().Select(property => property.Name).Order());

        static bool IsRead(PropertyInfo property) => property.CanWrite || property.PropertyType.IsGenericType;
    }

    [Fact]
    public void A_provider_can_be_of_every_kind()
    {
        var type = bicep.Template.GetProperty("definitions").GetProperty("brokerProvider").GetProperty("properties").GetProperty("Kind");
        var kinds = type.GetProperty("allowedValues").EnumerateArray().Select(kind => kind.GetString());
        var source = Read("src", "DeviceCode.Core", "Broker", "BrokerOptions.cs");
        var documented = Regex.Match(source, @"<summary>\s+/// (<c>github</c>.*?)</summary>", RegexOptions.Singleline);

        Assert.Equal(Regex.Matches(documented.Value, "<c>([a-z0-9]+)</c>").Select(match => match.Groups[1].Value).Order(), kinds.Order());
    }

    // "any" keeps the compiler from checking the value, as it cannot check the values that azd sends.
    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Resource_Manager_rejects_a_mistake_before_anything_changes(string parameter, string value, string problem)
    {
        var others = Bicep.Required.Split('\n').Where(line => !line.StartsWith($"param {parameter} ", StringComparison.Ordinal));

        var found = await bicep.ProblemAsync("main.bicep", $"{string.Join('\n', others)}\nparam {parameter} = any({value})\n");

        Assert.Contains(problem, found, StringComparison.Ordinal);
    }

    /// <summary>The regions of other clouds have other names.</summary>
    [Fact]
    public void Only_regions_of_the_public_cloud_are_offered()
    {
        var regions = _parameters["location"].GetProperty("allowedValues").EnumerateArray().Select(region => region.GetString()!).ToList();

        Assert.Equal(regions.Order(StringComparer.Ordinal), regions);
        Assert.DoesNotContain(regions, region => Regex.IsMatch(region, "gov|dod|china|usnat|ussec"));
        Assert.Equal("location", _parameters["location"].GetProperty("metadata").GetProperty("azd").GetProperty("type").GetString());
    }

    private static void AssertChecked(string name, IEnumerable<string> variables)
    {
        var loop = Regex.Match(Workflow, $"for {name} in ([A-Z_ ]+); do");
        Assert.Equal(variables.Order(), loop.Groups[1].Value.Split(' ').Order());
        Assert.True(loop.Index < Workflow.IndexOf("run: azd provision", StringComparison.Ordinal));
    }

    // As azd writes it.
    private string DefaultOf(string parameter) =>
        _parameters[parameter].TryGetProperty("defaultValue", out var value)
            ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : value.ToString()
            : "";

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([Repository.Root, .. path]));

    [GeneratedRegex(@"^\$\{(\w+)=?(.*)\}$")]
    private static partial Regex Variable { get; }
}
