namespace DeviceCode.Testing;

/// <summary>The location of the source tree.</summary>
public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "DeviceCode.Functions.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
