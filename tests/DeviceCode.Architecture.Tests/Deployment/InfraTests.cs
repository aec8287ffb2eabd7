namespace DeviceCode.Architecture.Tests.Deployment;

using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Tables;
using YamlDotNet.RepresentationModel;

/// <summary>Mistakes that azd and Bicep would report only during a deployment.</summary>
public sealed partial class InfraTests
{
    private static readonly JsonElement ParametersFile = Parse("infra/main.parameters.json").GetProperty("parameters");

    [Fact]
    public void The_parameters_file_gives_every_parameter_and_no_other() =>
        Assert.Equal(BicepFile.Main.Parameters.Order(), ParametersFile.EnumerateObject().Select(parameter => parameter.Name).Order());

    [Fact]
    public void Every_variable_of_the_azd_environment_is_documented_and_passed_on_by_the_workflow()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "deploy.md"));
        var workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "azure-dev.yml"));
        var variables = ParametersFile.EnumerateObject().Select(parameter => Variable.Match(parameter.Value.GetProperty("value").GetString()!).Groups[1].Value);
        Assert.All(variables, variable =>
        {
            Assert.Contains($"`{variable}`", document, StringComparison.Ordinal);
            Assert.Contains($$$"""{{{variable}}}: ${{ vars.{{{variable}}} }}""", workflow, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_workflow_stops_when_a_list_is_not_written_out()
    {
        var workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "azure-dev.yml"));
        var lists = ParametersFile.EnumerateObject().Select(parameter => Variable.Match(parameter.Value.GetProperty("value").GetString()!)).Where(match => match.Groups[2].Value == "[]").Select(match => match.Groups[1].Value);

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
            var declared = Regex.Match(BicepFile.Main.Text, $@"^param {parameter.Name} \S+(?: = '?(.*?)'?)?$", RegexOptions.Multiline).Groups[1].Value;
            Assert.Equal((parameter.Name, declared), (parameter.Name, given));
        }
    }

    [Fact]
    public void Every_module_is_given_what_it_needs_and_nothing_else()
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
        Assert.Equal(BicepFile.All.Select(file => file.ToString()).Order(), modules.Values.Select(module => module.File.ToString()).Append("infra/main.bicep").Order());
    }

    [Fact]
    public void The_app_waits_for_its_role_assignments_and_its_settings_for_the_app() =>
        Assert.Multiple(
            () => Assert.Contains("dependsOn: [rbac]", BicepFile.Main.Modules["api"].Body, StringComparison.Ordinal),
            () => Assert.Contains("functionAppName: api.outputs.name", BicepFile.Main.Modules["settings"].Body, StringComparison.Ordinal));

    [Fact]
    public void Every_role_is_given_on_one_resource_and_no_wider()
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
        Assert.All(BicepFile.All, file => Assert.DoesNotContain("'Microsoft.Authorization/roleAssignments@", file.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Only_native_resources_and_files_of_ours_are_used() =>
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
    public void The_tables_are_those_of_the_service()
    {
        var created = TableNames.Matches(BicepFile.All.Single(file => file.Path.EndsWith("storage.bicep", StringComparison.Ordinal)).Text).Select(match => match.Groups[1].Value);
        Assert.Equal(DeviceCodeTables.Names.Order(), created.Order());
    }

    [Fact]
    public void The_host_takes_the_prefix_off_the_routes_and_leaves_the_workers_telemetry_to_the_worker()
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
