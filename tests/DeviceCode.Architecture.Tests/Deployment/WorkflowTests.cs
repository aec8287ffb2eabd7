namespace DeviceCode.Architecture.Tests.Deployment;

using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

/// <summary>What the workflows run, and what they may do.</summary>
public sealed partial class WorkflowTests
{
    private const string Release = "release.yml";
    private const string Deploy = "azure-dev.yml";

    private static readonly string Folder = Path.Combine(Repository.Root, ".github", "workflows");

    /// <summary>The names of the workflow files.</summary>
    public static TheoryData<string> Workflows =>
        [.. Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    // A tag can be moved to another commit, so an action is named by its commit. The comment is for readers and for Dependabot.
    [Theory]
    [MemberData(nameof(Workflows))]
    public void Every_action_is_pinned_to_a_commit_and_has_its_version_beside_it(string workflow)
    {
        var uses = Uses.Matches(File.ReadAllText(Path.Combine(Folder, workflow))).Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(uses);
        Assert.All(
            uses.Where(action => !action.StartsWith("./", StringComparison.Ordinal)),
            action => Assert.Matches(@"^[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", action));
    }

    [Fact]
    public void An_action_has_the_same_commit_everywhere() =>
        Assert.All(
            Directory.GetFiles(Folder).SelectMany(path => Uses.Matches(File.ReadAllText(path)))
                .Select(match => match.Groups[1].Value.Split('@'))
                .Where(action => action.Length == 2).GroupBy(action => action[0], action => action[1]),
            action => Assert.Single(action.Distinct()));

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_workflow_may_only_read_unless_a_job_says_otherwise(string workflow) =>
        Assert.Contains(Permissions(Load(workflow)), new[] { "", "contents: read" });

    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_checkout_leaves_no_token_behind(string workflow) => Assert.All(
        Steps(workflow).Where(step => Text(step, "uses").StartsWith("actions/checkout@", StringComparison.Ordinal)),
        step => Assert.Equal("false", step["with"]["persist-credentials"].ToString()));

    /// <summary>What a build runs comes from many packages. It must not be able to publish, to deploy or to sign.</summary>
    [Theory]
    [MemberData(nameof(Workflows))]
    public void A_job_that_may_write_or_get_a_token_builds_nothing(string workflow)
    {
        foreach (var (name, job) in Jobs(workflow).Where(job => Permissions(job.Job).Contains("write", StringComparison.Ordinal)))
        {
            Assert.All(StepsOf(job), step => Assert.False(Builds.IsMatch(Text(step, "run")), $"The job {name} runs {Text(step, "run")}"));
        }
    }

    [Fact]
    public void Every_job_of_the_release_has_only_the_permissions_that_it_needs()
    {
        Assert.Equal("", Permissions(Load(Release)));
        Assert.Equal(
            [
                ("prepare", "contents: read"),
                ("checks", "contents: read"),
                ("packages", "contents: read"),
                ("binaries", "contents: read"),
                ("attest", "attestations: write, id-token: write"),
                ("nuget", "id-token: write"),
                ("github", "contents: write"),
            ],
            Jobs(Release).Select(job => (job.Name, Permissions(job.Job))));
    }

    /// <summary>A missing note is found before the checks, and nothing is published without them.</summary>
    [Fact]
    public void The_release_reads_its_notes_first_and_publishes_last()
    {
        var needs = Jobs(Release).ToDictionary(
            job => job.Name, job => job.Job.Children.TryGetValue("needs", out var node) ? Values(node) : []);

        Assert.Empty(needs["prepare"]);
        Assert.Contains(
            StepsOf(Jobs(Release).First().Job), step => Text(step, "run").Contains(".ci/release-notes", StringComparison.Ordinal));
        Assert.Equal(["prepare"], needs["checks"]);
        Assert.All(["packages", "binaries"], job => Assert.Equal(["checks"], needs[job]));
        Assert.Equal(["packages", "binaries"], needs["attest"]);
        Assert.Equal(["attest"], needs["nuget"]);
        Assert.Equal(["nuget"], needs["github"]);
    }

    // With the same group, a workflow and the one that it calls would cancel each other.
    [Fact]
    public void The_release_and_the_checks_that_it_calls_have_different_concurrency_groups() =>
        Assert.NotEqual(Load(Release)["concurrency"]["group"].ToString(), Load("ci.yml")["concurrency"]["group"].ToString());

    // azd checks only that the files were uploaded. A service with an invalid setting does not start.
    [Fact]
    public void The_deployment_succeeds_only_when_the_new_version_is_healthy()
    {
        var steps = StepsOf(Jobs(Deploy).Single(job => job.Name == "deploy").Job).Select(step => Text(step, "run")).ToList();

        Assert.Equal(".ci/await-version \"$(azd env get-value SERVICE_API_HEALTH_URL)\" \"$HEAD_SHA\"", steps[^1]);
        Assert.Equal("azd deploy api --from-package artifacts/api.zip --no-prompt", steps[^2]);
        Assert.Equal("azd provision --no-prompt", steps[^3]);
    }

    // Otherwise a pull request could sign in to Azure before a review.
    [Fact]
    public void Only_a_job_of_the_documented_environment_signs_in_to_Azure()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "deploy.md"));
        var signIns =
            from workflow in Workflows
            from job in Jobs(workflow.Data)
            where StepsOf(job.Job).Any(step => SignIns.IsMatch($"{Text(step, "run")} {Text(step, "uses")}"))
            select (workflow.Data, job.Name, Text(job.Job, "environment"));

        Assert.Equal([(Deploy, "deploy", "production")], signIns);
        Assert.Contains("${prefix:-repo:$repository}:environment:production", document, StringComparison.Ordinal);
        Assert.Contains("`pull_request`", document, StringComparison.Ordinal);
    }

    /// <summary>The version of a package comes from the git tag.</summary>
    [Fact]
    public void Every_package_has_its_version_from_MinVer()
    {
        var packages = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Select(File.ReadAllText)
            .Where(project => project.Contains("<IsPackable>true</IsPackable>", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, packages.Count);
        Assert.All(packages, project => Assert.Contains("""<PackageReference Include="MinVer" """, project, StringComparison.Ordinal));
        Assert.All(
            ["packages", "binaries"],
            name => Assert.Contains(
                StepsOf(Jobs(Release).Single(job => job.Name == name).Job), step => Text(step, "with", "fetch-depth") == "0"));
    }

    private static YamlMappingNode Load(string workflow)
    {
        using var reader = new StreamReader(Path.Combine(Folder, workflow));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static IEnumerable<(string Name, YamlMappingNode Job)> Jobs(string workflow) =>
        ((YamlMappingNode)Load(workflow)["jobs"]).Select(job => (job.Key.ToString(), (YamlMappingNode)job.Value));

    private static IEnumerable<YamlMappingNode> Steps(string workflow) => Jobs(workflow).SelectMany(job => StepsOf(job.Job));

    // A job that calls another workflow has no steps.
    private static IEnumerable<YamlMappingNode> StepsOf(YamlMappingNode job) =>
        job.Children.TryGetValue("steps", out var steps) ? ((YamlSequenceNode)steps).Cast<YamlMappingNode>() : [];

    // Sorted, as "name: value, name: value". Fails where they are not written out.
    private static string Permissions(YamlMappingNode node) =>
        node.Children.TryGetValue("permissions", out var permissions)
            ? string.Join(
                ", ",
                ((YamlMappingNode)permissions).Select(permission => $"{permission.Key}: {permission.Value}").Order(StringComparer.Ordinal))
            : node.Children.ContainsKey("jobs") ? "missing" : "";

    private static string Text(YamlMappingNode node, params string[] path)
    {
        YamlNode? found = node;
        foreach (var name in path)
        {
            found = found is YamlMappingNode mapping && mapping.Children.TryGetValue(name, out var child) ? child : null;
        }

        return found?.ToString() ?? "";
    }

    private static string[] Values(YamlNode node) =>
        node is YamlSequenceNode list ? [.. list.Select(value => value.ToString())] : [node.ToString()];

    [GeneratedRegex(@"uses: (.+)$", RegexOptions.Multiline)]
    private static partial Regex Uses { get; }

    [GeneratedRegex(@"\b(azd auth|az) login\b|azure/login@", RegexOptions.IgnoreCase)]
    private static partial Regex SignIns { get; }

    // azd deploy builds, too, unless it gets a package.
    [GeneratedRegex(
        @"\bdotnet (restore|build|test|pack|publish|run|tool)\b|\bnpm\b|\bnpx\b|\./dev\b|\.ci/run\b|\bazd (package|up)\b"
        + @"|\bazd deploy (?!\S+ --from-package )")]
    private static partial Regex Builds { get; }
}
