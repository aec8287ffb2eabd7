namespace DeviceCode.Architecture.Tests.Deployment;

using System.Globalization;
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
    public void The_workflow_stops_when_a_list_or_an_object_is_not_written_out()
    {
        var workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github", "workflows", "azure-dev.yml"));
        var lists = ParametersFile.EnumerateObject()
            .Where(parameter => DefaultOf(parameter.Name) is "[]" or "{}")
            .Select(parameter => Variable.Match(parameter.Value.GetProperty("value").GetString()!).Groups[1].Value);

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

            // azd ends the default of a variable at the first brace. It leaves out an object whose variable is not set.
            var expected = DefaultOf(parameter.Name) is var declared and not "{}" ? declared : "";
            Assert.Equal((parameter.Name, expected), (parameter.Name, given));
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
    public void A_vault_exists_only_for_providers_and_before_the_modules_that_refer_to_it()
    {
        var main = BicepFile.Main;
        Assert.Contains("var brokerEnabled = !empty(brokerProviders)", main.Text, StringComparison.Ordinal);
        Assert.Contains("module vault 'app/vault.bicep' = if (brokerEnabled) {", main.Text, StringComparison.Ordinal);
        Assert.All(
            main.Modules.Values.Where(module => module.Given.Contains("vaultName")),
            module => Assert.Contains("dependsOn: [vault]", module.Body, StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_key_is_32_bytes_that_no_deployment_stores_or_replaces()
    {
        var vault = FileOf("vault");
        var expression = KeyExpression.Match(vault.Text);
        var digits = string.Concat(Guid.NewGuid(), Guid.NewGuid()).Replace("-", "", StringComparison.Ordinal);
        var key = digits[..int.Parse(expression.Groups["length"].Value, CultureInfo.InvariantCulture)] + expression.Groups["suffix"].Value;

        Assert.Equal(32, Convert.FromBase64String(key).Length);
        Assert.Equal(key, Convert.ToBase64String(Convert.FromBase64String(key)));
        Assert.Matches(@"@onlyIfNotExists\(\)\n  resource \w+ 'secrets' = \{\n    name: 'broker-key'", vault.Text);
        Assert.Matches(
            @"@secure\(\)\n(@description\(.*\)\n)?param randomDigits string = replace\('\$\{newGuid\(\)\}\$\{newGuid\(\)\}', '-', ''\)\n",
            vault.Text);
        Assert.DoesNotContain("randomDigits", BicepFile.Main.Modules["vault"].Given);
        Assert.Equal(["uri"], vault.Outputs);
    }

    [Fact]
    public void A_deleted_vault_can_be_recovered_and_only_roles_open_it()
    {
        var vault = FileOf("vault").Text;
        Assert.Contains("enableSoftDelete: true", vault, StringComparison.Ordinal);
        Assert.Contains("enablePurgeProtection: true", vault, StringComparison.Ordinal);
        Assert.Contains("enableRbacAuthorization: true", vault, StringComparison.Ordinal);
    }

    [Fact]
    public void The_virtual_network_has_an_endpoint_for_everything_that_is_closed_to_the_internet()
    {
        var used = StorageEndpoints.Matches(FileOf("settings").Text).Select(match => match.Groups[1].Value).Distinct();
        var network = FileOf("vnet").Text;
        var storage = Regex.Match(network, @"^var services = \[(.*)\]$", RegexOptions.Multiline).Groups[1].Value;

        Assert.Equal(used.Order(), storage.Split(", ").Select(service => service.Trim('\'')).Order());
        Assert.Contains("group: 'vault'", network, StringComparison.Ordinal);
        Assert.Equal(
            ["storage", "vault"],
            BicepFile.Main.Modules
                .Where(module => module.Value.Body.Contains("publicNetworkAccess: !vnetEnabled\n", StringComparison.Ordinal))
                .Select(module => module.Key).Order());
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

        var rbac = FileOf("rbac");
        const string Assignments = "module assignments 'role-assignment.json' = [\n  for role in concat(roles, vaultRoles): {";
        Assert.Contains(Assignments, rbac.Text, StringComparison.Ordinal);
        Assert.Equal(
            template.GetProperty("parameters").EnumerateObject().Select(parameter => parameter.Name).Order(),
            RoleParameters.Matches(rbac.Text[rbac.Text.IndexOf(Assignments, StringComparison.Ordinal)..])
                .Select(match => match.Groups[1].Value).Order());
        Assert.Equal(
            [
                ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "storageAccount"),
                ("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "storageAccount"),
                ("974c5e8b-45b9-4653-ba55-00dd15ee98f5", "storageAccount::queueService::polls"),
                ("974c5e8b-45b9-4653-ba55-00dd15ee98f5", "storageAccount::queueService::poisonedPolls"),
                ("3913510d-42f4-4e42-8a64-420c390055eb", "applicationInsights"),
                ("4633458b-17de-408a-b874-0445c86b69e6", "vault"),
            ],
            RoleScopes.Matches(rbac.Text).Select(match => (match.Groups["role"].Value, match.Groups["resource"].Value)));
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
        var created = TableNames.Matches(FileOf("storage").Text).Select(match => match.Groups[1].Value);
        Assert.Equal(DeviceCodeTables.Names.Order(), created.Order());
    }

    [Fact]
    public void Bicep_creates_the_queue_of_polls_with_its_poison_queue_and_the_roles_on_both() =>
        Assert.All(
            [FileOf("storage"), FileOf("rbac")],
            file => Assert.Equal(
                ["creds-polls", "creds-polls-poison"], QueueNames.Matches(file.Text).Select(match => match.Groups[1].Value)));

    [Fact]
    public void The_host_adds_no_prefix_to_the_routes_and_the_worker_sends_its_own_telemetry()
    {
        var host = Parse("host.json");
        Assert.Equal("", host.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
        Assert.Equal("OpenTelemetry", host.GetProperty("telemetryMode").GetString());
    }

    private static BicepFile FileOf(string module) =>
        BicepFile.All.Single(file => Path.GetFileNameWithoutExtension(file.Path) == module);

    private static string DefaultOf(string parameter) =>
        Regex.Match(BicepFile.Main.Text, $@"^param {parameter} \S+(?: = '?(.*?)'?)?$", RegexOptions.Multiline).Groups[1].Value;

    private static JsonElement Parse(string path) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, path))).RootElement;

    [GeneratedRegex(@"^\$\{(\w+)=?(.*)\}$")]
    private static partial Regex Variable { get; }

    [GeneratedRegex(@"^      (\w+): ", RegexOptions.Multiline)]
    private static partial Regex RoleParameters { get; }

    [GeneratedRegex(
        @"^ +id: '(?<role>[0-9a-f-]+)' //.*\n +description: .*\n +resourceId: (?<resource>[\w:]+)\.id$", RegexOptions.Multiline)]
    private static partial Regex RoleScopes { get; }

    [GeneratedRegex(@"'tables' = \{\s+name: '(\w+)'")]
    private static partial Regex TableNames { get; }

    [GeneratedRegex(@"'queues' (?:existing )?= \{\s+name: '([\w-]+)'")]
    private static partial Regex QueueNames { get; }

    [GeneratedRegex(@"value: '\$\{take\(randomDigits, (?<length>\d+)\)\}(?<suffix>\S+)'")]
    private static partial Regex KeyExpression { get; }

    [GeneratedRegex(@"primaryEndpoints\.(\w+)")]
    private static partial Regex StorageEndpoints { get; }
}
