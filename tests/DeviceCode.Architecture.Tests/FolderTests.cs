namespace DeviceCode.Architecture.Tests;

using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

/// <summary>Checks that the dependencies between the folders of each project have one direction.</summary>
/// <remarks>Namespaces stand for folders, because <see cref="SourceTests.Namespaces_are_folders"/> keeps them equal.</remarks>
public sealed class FolderTests
{
    private static readonly string[] Assemblies =
        ["DeviceCode.Core", "DeviceCode.Tables", "DeviceCode.Broker", "DeviceCode.Functions", "DeviceCode.LocalHost", "devicecode"];

    private static readonly Architecture Architecture = new ArchLoader().LoadAssemblies([.. Assemblies.Select(Assembly.Load)]).Build();

    /// <summary>The folders of each project from the bottom to the top; the empty name is the project's own folder.</summary>
    public static TheoryData<string, string[]> Projects => new()
    {
        { "DeviceCode.Core", ["", "Bookkeeping", "Guesses", "Devices", "OAuth", "Broker"] },
        { "DeviceCode.Broker", ["Alarm", "Keys", "Upstream"] },
        { "DeviceCode.Tables", [""] },
        {
            "DeviceCode.Functions",
            [
                "Options", "SignIn", "Http", "Entra", "Telemetry", "Devices", "OAuth", "Logins", "Broker", "Page", "Health", "Hosting", "",
            ]
        },
        { "DeviceCode.LocalHost", ["SignIn", "Functions", ""] },
        {
            "DeviceCode.Cli",
            [
                "Running", "Terminal", "Tracing", "Targets", "Configuration", "Accounts", "Login.Views", "Login", "Commands",
                "Commands.Credentials", "",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_folder_depends_only_on_folders_below_it(string project, string[] bottomToTop)
    {
        var types = Architecture.Types.Where(type => FolderOf(type) is not null).ToList();
        Assert.Equal(bottomToTop.Order(), types.Select(FolderOf).Distinct().Order());

        var upward = from type in types
                     from dependency in type.Dependencies
                     where Array.IndexOf(bottomToTop, FolderOf(dependency.Target)) > Array.IndexOf(bottomToTop, FolderOf(type))
                     select $"{type.FullName} depends on {dependency.Target.FullName}";
        Assert.Empty(upward.Distinct());

        // Returns the folder's path in the project, with dots; null for a type of another project.
        string? FolderOf(IType type) =>
            type.Namespace?.FullName is { } name && (name == project || name.StartsWith($"{project}.", StringComparison.Ordinal))
                && Architecture.Types.Contains(type) ? name[project.Length..].TrimStart('.') : null;
    }

    /// <summary>Other programs embed these projects, which therefore must not need any packages.</summary>
    [Theory]
    [InlineData("DeviceCode.Core")]
    [InlineData("DeviceCode.Client")]
    public void Core_and_Client_depend_only_on_the_framework(string project)
    {
        var referenced = Assembly.Load(project).GetReferencedAssemblies().Select(assembly => assembly.Name!);
        Assert.All(referenced, name => Assert.Matches(@"^(System\.|netstandard$|mscorlib$|Microsoft\.(CSharp|Win32\.))", name));
    }

    [Theory]
    [InlineData("DeviceCode.Core")]
    [InlineData("DeviceCode.Tables", "DeviceCode.Core")]
    [InlineData("DeviceCode.Broker", "DeviceCode.Client", "DeviceCode.Core")]
    [InlineData("DeviceCode.Functions", "DeviceCode.Broker", "DeviceCode.Core", "DeviceCode.Tables")]
    [InlineData("DeviceCode.LocalHost", "DeviceCode.Core", "DeviceCode.Functions", "DeviceCode.Tables")]
    [InlineData("DeviceCode.Client")]
    [InlineData("devicecode", "DeviceCode.Client")]
    public void Projects_depend_one_way(string project, params string[] others)
    {
        var referenced = Assembly.Load(project).GetReferencedAssemblies().Select(assembly => assembly.Name!);
        Assert.Empty(referenced.Where(name => name.StartsWith("devicecode", StringComparison.OrdinalIgnoreCase)).Except(others));
    }
}
