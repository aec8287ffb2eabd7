namespace DeviceCode.Architecture.Tests.Deployment;

using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using StreamJsonRpc;

/// <summary>The test classes that share a compiler.</summary>
[CollectionDefinition]
public sealed class SharedBicep : ICollectionFixture<Bicep>;

/// <summary>Runs the Bicep compiler, as one process that answers JSON-RPC requests, on a copy of <c>infra/</c>.</summary>
public sealed class Bicep : IAsyncLifetime
{
    /// <summary>Values for the parameters that have no default.</summary>
    public const string Required = """
        param environmentName = 'production'
        param location = 'eastus'
        param apiKeysUrl = 'https://example.com/keys'

        """;

    /// <summary>Values that switch every part of the deployment on.</summary>
    public const string Everything = Required + """
        param publicUrl = 'https://login.example.com/'
        param brokerProviders = {
          github: { Kind: 'github', ClientId: 'Iv1.abc', ClientSecrets: ['github-2', 'github-1'] }
        }
        param frontDoorId = '33333333-3333-3333-3333-333333333333'
        param allowedNetworks = ['203.0.113.0/24', 'ApiManagement']
        param alwaysReadyInstances = 2
        param checkAccounts = true
        param vnetEnabled = true
        param zoneRedundant = true
        param alertEmails = ['oncall@example.com']
        param monthlyBudget = 500
        param budgetStartDate = '2026-12-01'
        param logRetentionDays = 60
        param auditRetentionDays = 400
        param logDailyQuotaGB = 5

        """;

    private static readonly string Compiler = typeof(Bicep).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "BicepCompiler").Value!;

    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-bicep-").FullName;
    private Process _process = null!;
    private JsonRpc _compiler = null!;

    /// <summary>The folder of the deployment.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "infra");

    /// <summary>The source files of the deployment, below <see cref="Folder"/>.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Directory.GetFiles(Folder, "*.bicep", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Folder, file))];

    /// <summary>The compiled <c>main.bicep</c>, a template of Azure Resource Manager.</summary>
    public JsonElement Template { get; private set; }

    /// <summary>The resources of a deployment with default values.</summary>
    public Snapshot Default { get; private set; } = null!;

    /// <summary>The resources of a deployment with <see cref="Everything"/>.</summary>
    public Snapshot Full { get; private set; } = null!;

    private string Copy => Path.Combine(_folder, "infra");

    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Copy, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        // The types of Microsoft Graph are in a registry, which a test must not depend on. These are the ones that infra/ uses; CI checks
        // it with the published ones, too.
        if (Environment.GetEnvironmentVariable("PUBLISHED_GRAPH_TYPES") is null)
        {
            await UseOwnGraphTypesAsync();
        }
        else
        {
            await RunAsync("restore", PathOf("main.bicep"));
        }

        _process = Process.Start(new ProcessStartInfo(Compiler, ["jsonrpc", "--stdio"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["HOME"] = _folder, ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = _folder },
        })!;
        var formatter = new SystemTextJsonFormatter { JsonSerializerOptions = new(JsonSerializerDefaults.Web) };
        _compiler = new JsonRpc(
            new HeaderDelimitedMessageHandler(_process.StandardInput.BaseStream, _process.StandardOutput.BaseStream, formatter));
        _compiler.StartListening();

        var compiled = await CompileAsync("main.bicep");
        Assert.True(compiled.Success, string.Join('\n', compiled.Diagnostics));
        Template = JsonDocument.Parse(compiled.Contents!).RootElement;
        Default = await SnapshotAsync("main.bicep", Required);
        Full = await SnapshotAsync("main.bicep", Everything);
    }

    public async ValueTask DisposeAsync()
    {
        _compiler?.Dispose();
        if (_process is not null)
        {
            // The end of its input stops it.
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Returns the findings of the compiler and the linter, of every severity.</summary>
    /// <param name="file">A file of the deployment, with the files that it refers to.</param>
    public async Task<IReadOnlyList<Diagnostic>> FindingsAsync(string file) => (await CompileAsync(file)).Diagnostics;

    /// <summary>Returns the formatted text of a file.</summary>
    public async Task<string> FormatAsync(string file) =>
        (await InvokeAsync<FormatResponse>("bicep/format", new { path = PathOf(file) })).Contents;

    /// <summary>Adds a file to the copy.</summary>
    public Task WriteAsync(string file, string text) => File.WriteAllTextAsync(PathOf(file), text);

    /// <summary>Returns the resources that a deployment creates or changes, without asking Azure.</summary>
    /// <param name="file">The file to deploy.</param>
    /// <param name="parameters">The parameters, in the syntax of a <c>.bicepparam</c> file.</param>
    /// <exception cref="RemoteInvocationException">Resource Manager would reject the deployment.</exception>
    public async Task<Snapshot> SnapshotAsync(string file, string parameters)
    {
        var path = await WriteParametersAsync(file, parameters);
        var metadata = new
        {
            tenantId = "22222222-2222-2222-2222-222222222222",
            subscriptionId = "11111111-1111-1111-1111-111111111111",
            resourceGroup = file == "main.bicep" ? null : "rg-production",
            location = "eastus",
        };
        var response = await InvokeAsync<SnapshotResponse>(
            "bicep/getSnapshot", new { path, metadata, externalInputs = Array.Empty<string>() });

        var snapshot = JsonDocument.Parse(response.Snapshot).RootElement;
        Assert.Equal(0, snapshot.GetProperty("diagnostics").GetArrayLength());
        return new Snapshot([.. snapshot.GetProperty("predictedResources").EnumerateArray()]);
    }

    /// <summary>Returns the reason for which Resource Manager rejects a deployment; null if it does not.</summary>
    public async Task<string?> ProblemAsync(string file, string parameters)
    {
        var path = await WriteParametersAsync(file, parameters);
        var compiled = await InvokeAsync<CompileResponse>(
            "bicep/compileParams", new { path, parameterOverrides = new Dictionary<string, string>() });
        if (!compiled.Success)
        {
            return string.Join('\n', compiled.Diagnostics);
        }

        try
        {
            await SnapshotAsync(file, parameters);
            return null;
        }
        catch (RemoteInvocationException problem)
        {
            return problem.Message;
        }
    }

    private async Task UseOwnGraphTypesAsync()
    {
        var types = Path.Combine(Repository.Root, "tests", "DeviceCode.Architecture.Tests", "Deployment", "graph", "index.json");
        await RunAsync("publish-extension", types, "--target", Path.Combine(_folder, "graph.tgz"));

        const string Published = "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0";
        var config = await File.ReadAllTextAsync(PathOf("bicepconfig.json"));
        Assert.Contains(Published, config, StringComparison.Ordinal);
        await WriteAsync("bicepconfig.json", config.Replace(Published, "../graph.tgz", StringComparison.Ordinal));
    }

    private async Task<string> WriteParametersAsync(string file, string parameters)
    {
        var path = PathOf($"{Guid.NewGuid()}.bicepparam");
        await File.WriteAllTextAsync(path, $"using '{file}'\n{parameters}");
        return path;
    }

    private Task<CompileResponse> CompileAsync(string file) => InvokeAsync<CompileResponse>("bicep/compile", new { path = PathOf(file) });

    private Task<T> InvokeAsync<T>(string method, object request) =>
        _compiler.InvokeWithCancellationAsync<T>(method, [request], TestContext.Current.CancellationToken);

    private string PathOf(string file) => Path.Combine(Copy, file);

    private async Task RunAsync(params string[] arguments)
    {
        var result = await Cli.Wrap(Compiler)
            .WithArguments(arguments)
            .WithEnvironmentVariables(variables => variables.Set("HOME", _folder).Set("DOTNET_BUNDLE_EXTRACT_BASE_DIR", _folder))
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync();
        Assert.True(result.ExitCode == 0, result.StandardError);
    }

    /// <summary>A finding of the compiler or the linter.</summary>
    /// <param name="Source">The file.</param>
    /// <param name="Code">Its code, like <c>BCP037</c>.</param>
    /// <param name="Message">What is wrong.</param>
    public sealed record Diagnostic(string Source, string Code, string Message);

    private sealed record CompileResponse(bool Success, IReadOnlyList<Diagnostic> Diagnostics, string? Contents);

    private sealed record FormatResponse(string Contents);

    private sealed record SnapshotResponse(string Snapshot);
}

/// <summary>The resources that a deployment creates or changes. A value that only Azure knows is an expression in brackets.</summary>
/// <param name="Resources">Each has <c>type</c>, <c>name</c>, <c>id</c> and <c>properties</c>.</param>
public sealed record Snapshot(IReadOnlyList<JsonElement> Resources)
{
    /// <summary>Returns the resources of a type.</summary>
    public IReadOnlyList<JsonElement> Of(string type) => [.. Resources.Where(resource => resource.GetProperty("type").GetString() == type)];

    /// <summary>Returns the properties of the only resource of a type.</summary>
    public JsonElement PropertiesOf(string type) => Assert.Single(Of(type)).GetProperty("properties");

    /// <summary>Returns the last segments of the names of a type's resources, in alphabetical order.</summary>
    public IEnumerable<string> NamesOf(string type) =>
        Of(type).Select(resource => resource.GetProperty("name").GetString()!.Split('/')[^1]).Order(StringComparer.Ordinal);
}
