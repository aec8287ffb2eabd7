namespace DeviceCode.Architecture.Tests.Deployment;

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DeviceCode.Functions.SignIn;
using DeviceCode.Tables;
using YamlDotNet.RepresentationModel;

/// <summary>The resources that a deployment creates.</summary>
[Collection<SharedBicep>]
public sealed partial class InfraTests(Bicep bicep)
{
    private const string Storage = "Microsoft.Storage/storageAccounts";
    private const string Vault = "Microsoft.KeyVault/vaults";
    private const string App = "Microsoft.Web/sites";
    private const string Application = "Microsoft.Graph/applications@v1.0";
    private const string Principal = "Microsoft.Graph/servicePrincipals@v1.0";
    private const string RoleAssignment = "Microsoft.Authorization/roleAssignments";

    // The preview lists only resources whose names it knows. The suffixes in the names of DNS zones are facts of the cloud.
    [Fact]
    public void A_preview_lists_every_resource_by_name() => Assert.All(
        bicep.Full.Resources.Where(resource => resource.TryGetProperty("id", out _)),
        resource => Assert.DoesNotMatch(@"reference\(|utcNow\(|newGuid\(", resource.GetProperty("id").GetString()));

    [Fact]
    public void Switching_something_off_leaves_only_resources_that_are_listed_and_disables_the_others()
    {
        var left = bicep.Full.Resources.Select(TypeOf).Except(bicep.Default.Resources.Select(TypeOf)).ToList();
        var document = Read("docs", "deploy.md");
        var section = document[document.IndexOf("**Switch off.**", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n**", StringComparison.Ordinal)];

        Assert.All(left, type => Assert.Contains($"`{TopOf(type)}`", section, StringComparison.Ordinal));
        Assert.Equal(
            ["Microsoft.Consumption", "Microsoft.Graph", "Microsoft.Insights", "Microsoft.KeyVault", "Microsoft.Network"],
            left.Select(type => type.Split('/')[0]).Distinct().Order());
        Assert.Equal(
            ["Microsoft.Insights/actionGroups"], left.Where(type => type.StartsWith("Microsoft.Insights/", StringComparison.Ordinal)));

        static string TypeOf(JsonElement resource) => resource.GetProperty("type").GetString()!;
        static string TopOf(string type) => string.Join('/', type.Split('@')[0].Split('/')[..2]);
    }

    [Fact]
    public void The_availability_test_and_its_alert_are_off_without_an_address_for_them()
    {
        Assert.Equal((false, false), States(bicep.Default));
        Assert.Equal((true, true), States(bicep.Full));

        static (bool, bool) States(Snapshot snapshot) => (
            snapshot.PropertiesOf("Microsoft.Insights/webtests").GetProperty("Enabled").GetBoolean(),
            snapshot.PropertiesOf("Microsoft.Insights/metricAlerts").GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public void A_vault_exists_only_for_providers()
    {
        Assert.Empty(bicep.Default.Of(Vault));
        Assert.Single(bicep.Full.Of(Vault));
    }

    [Fact]
    public void The_first_key_is_32_bytes_that_no_deployment_stores_or_replaces()
    {
        var vault = ModuleOf("vault");
        var secret = vault.GetProperty("resources").GetProperty("vault::brokerKey");
        var expression = KeyExpression.Match(secret.GetProperty("properties").GetProperty("value").GetString()!);
        var digits = string.Concat(Guid.NewGuid(), Guid.NewGuid()).Replace("-", "", StringComparison.Ordinal);
        var key = digits[..int.Parse(expression.Groups["length"].Value, CultureInfo.InvariantCulture)] + expression.Groups["suffix"].Value;

        Assert.Equal(32, Convert.FromBase64String(key).Length);
        Assert.Equal(key, Convert.ToBase64String(Convert.FromBase64String(key)));
        Assert.True(secret.GetProperty("@options").TryGetProperty("onlyIfNotExists", out _));

        var random = vault.GetProperty("parameters").GetProperty("randomDigits");
        Assert.Equal("securestring", random.GetProperty("type").GetString());
        Assert.Equal("[replace(format('{0}{1}', newGuid(), newGuid()), '-', '')]", random.GetProperty("defaultValue").GetString());
        Assert.DoesNotContain("randomDigits", NamesIn(DeploymentOf("vault").GetProperty("properties").GetProperty("parameters")));
        Assert.Equal(["uri"], NamesIn(vault.GetProperty("outputs")));
    }

    [Fact]
    public void A_deleted_vault_can_be_recovered_and_only_roles_open_it()
    {
        var vault = bicep.Full.PropertiesOf(Vault);
        Assert.True(vault.GetProperty("enableSoftDelete").GetBoolean());
        Assert.True(vault.GetProperty("enablePurgeProtection").GetBoolean());
        Assert.True(vault.GetProperty("enableRbacAuthorization").GetBoolean());
    }

    [Fact]
    public void The_virtual_network_has_an_endpoint_for_everything_that_is_closed_to_the_internet()
    {
        var settings = ModuleOf("settings").GetProperty("variables").GetRawText();
        var used = StorageEndpoints.Matches(settings).Select(match => match.Groups[1].Value).Distinct();
        var endpoints = bicep.Full.Of("Microsoft.Network/privateEndpoints")
            .Select(endpoint => endpoint.GetProperty("properties").GetProperty("privateLinkServiceConnections")[0])
            .Select(connection => connection.GetProperty("properties").GetProperty("groupIds")[0].GetString()!);

        Assert.Equal(used.Append("vault").Order(), endpoints.Order());
        Assert.Equal(4, bicep.Full.Of("Microsoft.Network/privateDnsZones").Count);
        Assert.Equal(["Disabled", "Disabled"], PublicAccess(bicep.Full));
        Assert.Equal(["Enabled"], PublicAccess(bicep.Default));
    }

    // The first of two steps, so that the app can use the network before the public way is closed.
    [Fact]
    public async Task An_existing_environment_can_get_the_network_before_the_internet_is_closed()
    {
        var first = await bicep.SnapshotAsync("main.bicep", Bicep.Everything + "param keepPublicAccess = true\n");

        Assert.Equal(4, first.Of("Microsoft.Network/privateEndpoints").Count);
        Assert.EndsWith(
            "/subnets/app", first.PropertiesOf(App).GetProperty("virtualNetworkSubnetId").GetString(), StringComparison.Ordinal);
        Assert.Equal(["Enabled", "Enabled"], PublicAccess(first));
    }

    [Fact]
    public void The_app_waits_for_its_role_assignments_and_its_network_and_its_settings_for_the_app()
    {
        Assert.Equal(["identity", "monitoring", "rg", "storage", "vault"], DependenciesOf("rbac"));
        Assert.Equal(["rbac", "rg", "vnet"], DependenciesOf("api"));
        Assert.Contains("api", DependenciesOf("settings"));
        Assert.Equal(["api", "rg"], DependenciesOf("entra"));
    }

    [Fact]
    public void Every_role_is_assigned_on_a_single_resource() => Assert.Equal(
        [
            ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "storageAccounts"),
            ("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "storageAccounts"),
            ("974c5e8b-45b9-4653-ba55-00dd15ee98f5", "creds-polls"),
            ("974c5e8b-45b9-4653-ba55-00dd15ee98f5", "creds-polls-poison"),
            ("3913510d-42f4-4e42-8a64-420c390055eb", "components"),
            ("4633458b-17de-408a-b874-0445c86b69e6", "vaults"),
        ],
        bicep.Full.Of(RoleAssignment).Select(assignment =>
        {
            var scope = assignment.GetProperty("id").GetString()!.Split($"/providers/{RoleAssignment}/")[0].Split('/');
            var role = assignment.GetProperty("properties").GetProperty("roleDefinitionId").GetString()!.Split('/')[^1];
            return (role, scope[^2] == "queues" ? scope[^1] : scope[^2]);
        }));

    [Fact]
    public void The_service_that_azd_deploys_is_the_one_that_Bicep_tags()
    {
        using var reader = new StreamReader(Path.Combine(Repository.Root, "azure.yaml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        var service = Assert.Single((YamlMappingNode)yaml.Documents[0].RootNode["services"]);
        var tagged = Assert.Single(
            bicep.Full.Resources,
            resource => resource.TryGetProperty("tags", out var tags) && tags.TryGetProperty("azd-service-name", out _));

        Assert.Equal(App, tagged.GetProperty("type").GetString());
        Assert.Equal(service.Key.ToString(), tagged.GetProperty("tags").GetProperty("azd-service-name").GetString());
        Assert.Equal("function", service.Value["host"].ToString());
        Assert.Single(Directory.GetFiles(Path.Combine(Repository.Root, service.Value["project"].ToString()), "*.csproj"));
    }

    [Fact]
    public void The_storage_has_exactly_the_tables_and_queues_of_the_service()
    {
        Assert.Equal(
            DeviceCodeTables.Names.Order(StringComparer.Ordinal), bicep.Default.NamesOf($"{Storage}/tableServices/tables"));
        Assert.Equal(["creds-polls", "creds-polls-poison"], bicep.Default.NamesOf($"{Storage}/queueServices/queues"));
    }

    [Fact]
    public void The_app_reads_its_package_from_the_container_that_the_deployment_creates()
    {
        var container = Assert.Single(bicep.Default.NamesOf($"{Storage}/blobServices/containers"));
        var package = bicep.Default.PropertiesOf(App).GetProperty("functionAppConfig").GetProperty("deployment").GetProperty("storage");

        Assert.Contains(
            $"/{container}', '{Assert.Single(bicep.Default.NamesOf(Storage))}'",
            package.GetProperty("value").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_Resource_Manager_reaches_the_hosts_own_endpoints() =>
        Assert.True(bicep.Default.PropertiesOf(App).GetProperty("functionsRuntimeAdminIsolationEnabled").GetBoolean());

    [Fact]
    public void Only_the_same_tenant_can_get_the_host_name_of_a_deleted_app() => Assert.Equal(
        "TenantReuse", bicep.Default.PropertiesOf(App).GetProperty("autoGeneratedDomainNameLabelScope").GetString());

    [Fact]
    public void A_front_door_and_the_allowed_networks_are_the_only_ways_to_the_app()
    {
        var open = bicep.Default.PropertiesOf(App).GetProperty("siteConfig");
        Assert.Equal("Allow", open.GetProperty("ipSecurityRestrictionsDefaultAction").GetString());
        Assert.Equal(0, open.GetProperty("ipSecurityRestrictions").GetArrayLength());

        var closed = bicep.Full.PropertiesOf(App).GetProperty("siteConfig");
        Assert.Equal("Deny", closed.GetProperty("ipSecurityRestrictionsDefaultAction").GetString());
        Assert.False(closed.GetProperty("scmIpSecurityRestrictionsUseMain").GetBoolean());
        Assert.Equal(
            [
                ("ServiceTag", "AzureFrontDoor.Backend", "33333333-3333-3333-3333-333333333333"),
                ("Default", "203.0.113.0/24", null),
                ("ServiceTag", "ApiManagement", null),
            ],
            closed.GetProperty("ipSecurityRestrictions").EnumerateArray().Select(rule => (
                rule.GetProperty("tag").GetString(),
                rule.GetProperty("ipAddress").GetString(),
                rule.TryGetProperty("headers", out var headers) ? headers.GetProperty("x-azure-fdid")[0].GetString() : null)));
    }

    [Theory]
    [InlineData("", "X-Forwarded-For")]
    [InlineData("param frontDoorId = 'f'\nparam publicUrl = 'https://login.example.com'", "X-Azure-ClientIP")]
    [InlineData("param clientAddressHeader = 'X-Real-IP'", "X-Real-IP")]
    public async Task The_header_of_the_clients_address_follows_the_front_door(string parameters, string header)
    {
        var snapshot = await bicep.SnapshotAsync("main.bicep", $"{Bicep.Required}{parameters}\n");

        Assert.Contains($"'{header}'", snapshot.PropertiesOf($"{App}/config").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_table_of_the_logs_has_the_retention_of_its_setting()
    {
        Assert.Equal([90, 365], Retentions(bicep.Default).Values.Distinct().Order());
        Assert.Equal([60, 400], Retentions(bicep.Full).Values.Distinct().Order());
        Assert.Equal(["AppTraces"], Retentions(bicep.Full).Where(table => table.Value == 400).Select(table => table.Key));
        Assert.Superset(
            new HashSet<string>(["AppTraces", "AppRequests", "AppMetrics", "AppDependencies", "AppExceptions", "AppAvailabilityResults"]),
            Retentions(bicep.Full).Keys.ToHashSet());

        static Dictionary<string, int> Retentions(Snapshot snapshot) =>
            snapshot.Of("Microsoft.OperationalInsights/workspaces/tables").ToDictionary(
                table => table.GetProperty("name").GetString()!.Split('/')[1],
                table =>
                {
                    var properties = table.GetProperty("properties");
                    Assert.Equal(
                        properties.GetProperty("retentionInDays").GetInt32(), properties.GetProperty("totalRetentionInDays").GetInt32());
                    return properties.GetProperty("retentionInDays").GetInt32();
                });
    }

    // Otherwise a pipeline cannot change the registrations that it has created.
    [Fact]
    public void The_deployer_is_an_owner_of_every_registration()
    {
        var objects = bicep.Default.Of(Application).Concat(bicep.Default.Of(Principal)).ToList();

        Assert.Equal(4, objects.Count);
        Assert.All(objects, found => Assert.Equal(
            "[deployer().objectId]",
            found.GetProperty("properties").GetProperty("owners").GetProperty("relationships")[0].GetString()));
    }

    [Fact]
    public void People_and_applications_can_get_the_role_that_the_service_checks()
    {
        var roles = bicep.Default.Of(Application)
            .Select(found => found.GetProperty("properties"))
            .SelectMany(found => found.TryGetProperty("appRoles", out var roles) ? roles.EnumerateArray().ToList() : []).ToList();

        // The portal assigns a role that is the only one to everybody.
        Assert.Equal(["Devices.SignIn", Administrator.LoginsRole], roles.Select(found => found.GetProperty("value").GetString()));
        var role = roles[1];
        Assert.Equal(
            ["User", "Application"], role.GetProperty("allowedMemberTypes").EnumerateArray().Select(member => member.GetString()));
        Assert.Contains($"`{Administrator.LoginsRole}`", Read("docs", "deploy.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_app_can_read_the_directory_only_where_accounts_are_checked()
    {
        const string Assigned = "Microsoft.Graph/appRoleAssignedTo@v1.0";

        Assert.Empty(bicep.Default.Of(Assigned));
        var assignment = bicep.Full.PropertiesOf(Assigned);

        // User.Read.All.
        Assert.Equal("df021288-bdef-4463-88db-98f22de89214", assignment.GetProperty("appRoleId").GetString());
    }

    [Fact]
    public async Task With_registrations_of_your_own_the_deployment_needs_no_permission_in_the_tenant()
    {
        var snapshot = await bicep.SnapshotAsync(
            "main.bicep", $"{Bicep.Required}param createEntraApp = false\nparam entraClientId = 'id'\n");

        Assert.Empty(snapshot.Of(Application));
        Assert.Empty(snapshot.Of(Principal));
    }

    [Fact]
    public void A_budget_warns_of_the_costs_and_of_their_forecast()
    {
        Assert.Empty(bicep.Default.Of("Microsoft.Consumption/budgets"));

        var budget = bicep.Full.PropertiesOf("Microsoft.Consumption/budgets");
        Assert.Equal(500, budget.GetProperty("amount").GetInt32());
        Assert.Equal("2026-12-01", budget.GetProperty("timePeriod").GetProperty("startDate").GetString());
        Assert.Equal(
            [("Actual", 80, "oncall@example.com"), ("Forecasted", 100, "oncall@example.com")],
            budget.GetProperty("notifications").EnumerateObject().Select(notification => (
                notification.Value.GetProperty("thresholdType").GetString()!,
                notification.Value.GetProperty("threshold").GetInt32(),
                notification.Value.GetProperty("contactEmails")[0].GetString()!)).OrderBy(notification => notification.Item2));
    }

    [Fact]
    public void The_host_adds_no_prefix_to_the_routes_and_the_worker_sends_its_own_telemetry()
    {
        var host = JsonDocument.Parse(Read("host.json")).RootElement;
        Assert.Equal("", host.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());
        Assert.Equal("OpenTelemetry", host.GetProperty("telemetryMode").GetString());
    }

    private static IEnumerable<string?> PublicAccess(Snapshot snapshot) =>
        snapshot.Of(Storage).Concat(snapshot.Of(Vault)).Select(resource => resource.GetProperty("properties"))
            .Select(properties =>
            {
                var access = properties.GetProperty("publicNetworkAccess").GetString();
                Assert.Equal(
                    access == "Enabled" ? "Allow" : "Deny", properties.GetProperty("networkAcls").GetProperty("defaultAction").GetString());
                return access;
            });

    private static IEnumerable<string> NamesIn(JsonElement element) => element.EnumerateObject().Select(member => member.Name);

    private static string Read(params string[] path) => File.ReadAllText(Path.Combine([Repository.Root, .. path]));

    private JsonElement DeploymentOf(string module) => bicep.Template.GetProperty("resources").GetProperty(module);

    private JsonElement ModuleOf(string module) => DeploymentOf(module).GetProperty("properties").GetProperty("template");

    private IEnumerable<string> DependenciesOf(string module) =>
        DeploymentOf(module).GetProperty("dependsOn").EnumerateArray().Select(name => name.GetString()!).Order();

    [GeneratedRegex(@"format\('\{0\}(?<suffix>\S+)', take\(parameters\('randomDigits'\), (?<length>\d+)\)\)")]
    private static partial Regex KeyExpression { get; }

    [GeneratedRegex(@"parameters\('storageEndpoints'\)\.(\w+)")]
    private static partial Regex StorageEndpoints { get; }
}
