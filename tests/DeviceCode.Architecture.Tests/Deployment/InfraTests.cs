namespace DeviceCode.Architecture.Tests.Deployment;

using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Tables;
using YamlDotNet.RepresentationModel;

/// <summary>Mistakes that azd and Bicep would report only during a deployment.</summary>
public sealed partial class InfraTests
{
    private static readonly JsonElement ParametersFile = Parse("infra/main.parameters.json").GetProperty("parameters");

    // The variables of the azd environment, with their default values.
    private static readonly List<(string Name, string Default)> Variables =
    [
        .. ParametersFile.EnumerateObject()
            .Select(parameter => Variable.Match(parameter.Value.GetProperty("value").GetString()!))
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value)),
    ];

    [Fact]
    public void The_parameters_file_has_every_parameter_and_no_other() =>
        Assert.Equal(BicepFile.Main.Parameters.Order(), ParametersFile.EnumerateObject().Select(parameter => parameter.Name).Order());

    [Fact]
    public void Every_variable_of_the_azd_environment_is_documented_and_passed_on_by_the_workflow()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "deploy.md"));
        var workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "azure-dev.yml"));
        Assert.All(Variables.Select(variable => variable.Name), variable =>
        {
            Assert.Contains($"`{variable}`", document, StringComparison.Ordinal);
            Assert.Contains($$$"""{{{variable}}}: ${{ vars.{{{variable}}} }}""", workflow, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_workflow_stops_when_a_list_is_not_written_out()
    {
        var workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "azure-dev.yml"));
        var lists = Variables.Where(variable => variable.Default == "[]").Select(variable => variable.Name);

        var step = Regex.Match(workflow, @"for list in ([A-Z_ ]+); do");
        Assert.Equal(lists.Order(), step.Groups[1].Value.Split(' ').Order());
        Assert.True(step.Index < workflow.IndexOf("run: azd provision", StringComparison.Ordinal));
    }

    [Fact]
    public void A_default_is_the_same_in_the_parameters_file_and_in_Bicep()
    {
        foreach (var parameter in ParametersFile.EnumerateObject())
        {
            var given = Variable.Match(parameter.Value.GetProperty("value").GetString()!).Groups[2].Value;
            var declaration = Regex.Match(
                BicepFile.Main.Text, $@"^param {parameter.Name} \S+(?: = '?(.*?)'?)?$", RegexOptions.Multiline);
            Assert.Equal((parameter.Name, declaration.Groups[1].Value), (parameter.Name, given));
        }
    }

    [Fact]
    public void Every_module_gets_its_required_parameters_and_no_unknown_ones()
    {
        Assert.NotEmpty(BicepFile.Main.Modules);
        Assert.All(BicepFile.Main.Modules.Values, module =>
        {
            Assert.Empty(module.Given.Except(module.File.Parameters));
            Assert.Empty(module.File.Required.Except(module.Given));
        });
    }

    [Fact]
    public void Every_output_that_is_used_exists_and_every_module_file_is_used()
    {
        var modules = BicepFile.Main.Modules;
        Assert.All(BicepFile.Main.References, reference => Assert.Contains(reference.Output, modules[reference.Module].File.Outputs));
        Assert.Equal(
            BicepFile.All.Select(file => file.ToString()).Order(),
            modules.Values.Select(module => module.File.ToString()).Append("infra/main.bicep").Order());
    }

    [Fact]
    public void The_app_waits_for_its_role_assignments_and_its_settings_for_the_app() =>
        Assert.Multiple(
            () => Assert.Contains("dependsOn: [rbac]", BicepFile.Main.Modules["api"].Body, StringComparison.Ordinal),
            () => Assert.Contains("functionAppName: api.outputs.name", BicepFile.Main.Modules["settings"].Body, StringComparison.Ordinal));

    [Fact]
    public void Every_role_is_assigned_on_a_single_resource()
    {
        var template = Parse("infra/app/role-assignment.json");
        var assignment = Assert.Single(template.GetProperty("resources").EnumerateArray().ToArray());
        Assert.Equal("Microsoft.Authorization/roleAssignments", assignment.GetProperty("type").GetString());
        Assert.Equal("[parameters('resourceId')]", assignment.GetProperty("scope").GetString());

        var rbac = BicepFile.All.Single(file => file.Path.EndsWith("rbac.bicep", StringComparison.Ordinal));
        Assert.Contains("module assignments 'role-assignment.json' = [\n  for role in roles: {", rbac.Text, StringComparison.Ordinal);
        Assert.Equal(
            template.GetProperty("parameters").EnumerateObject().Select(parameter => parameter.Name).Order(),
            RoleParameters.Matches(rbac.Text).Select(match => match.Groups[1].Value).Order());
        Assert.Equal(
            ["storageAccount", "storageAccount", "applicationInsights"],
            RoleScopes.Matches(rbac.Text).Select(match => match.Groups[1].Value));
        Assert.All(
            BicepFile.All,
            file => Assert.DoesNotContain("'Microsoft.Authorization/roleAssignments@", file.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Bicep_uses_only_native_resources_and_local_files() =>
        Assert.All(BicepFile.All, file => Assert.DoesNotMatch(@"'br[:/]|'ts[:/]|listKeys|\blist\w*\(", file.Text));

    [Fact]
    public void The_service_that_azd_deploys_is_the_one_that_Bicep_tags()
    {
        using var reader = new StreamReader(Path.Combine(Repository.Root, "azure.yaml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        var service = Assert.Single((YamlMappingNode)yaml.Documents[0].RootNode["services"]);

        var tag = Assert.Single(BicepFile.All, file => file.Text.Contains("'azd-service-name'", StringComparison.Ordinal));
        Assert.Contains($"'azd-service-name': '{service.Key}'", tag.Text, StringComparison.Ordinal);
        Assert.Equal("function", service.Value["host"].ToString());
        Assert.Single(Directory.GetFiles(Path.Combine(Repository.Root, service.Value["project"].ToString()), "*.csproj"));
    }

    [Fact]
    public void Bicep_creates_exactly_the_tables_of_the_service()
    {
        var storage = BicepFile.All.Single(file => file.Path.EndsWith("storage.bicep", StringComparison.Ordinal));
        var created = TableNames.Matches(storage.Text).Select(match => match.Groups[1].Value);
        Assert.Equal(DeviceCodeTables.Names.Order(), created.Order());
    }

    [Fact]
    public void The_host_adds_no_prefix_to_the_routes_and_the_worker_sends_its_own_telemetry()
    {
        var host = Parse("host.json");
        Assert.Equal("", host.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
        Assert.Equal("OpenTelemetry", host.GetProperty("telemetryMode").GetString());
    }

    private static JsonElement Parse(string path) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, path))).RootElement;

    [GeneratedRegex(@"^\$\{(\w+)=?(.*)\}$")]
    private static partial Regex Variable { get; }

    [GeneratedRegex(@"^      (\w+): ", RegexOptions.Multiline)]
    private static partial Regex RoleParameters { get; }

    [GeneratedRegex(@"^    resourceId: (\w+)\.id$", RegexOptions.Multiline)]
    private static partial Regex RoleScopes { get; }

    [GeneratedRegex(@"'tables' = \{\s+name: '(\w+)'")]
    private static partial Regex TableNames { get; }
}
