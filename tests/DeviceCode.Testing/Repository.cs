namespace DeviceCode.Testing;

/// <summary>Where the source tree is.</summary>
public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "DeviceCode.Functions.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
