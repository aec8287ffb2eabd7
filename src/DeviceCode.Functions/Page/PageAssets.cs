namespace DeviceCode.Functions.Page;

using System.Reflection;
using System.Security.Cryptography;
using System.Text;

/// <summary>The files of the page, embedded in this assembly. When one file changes, the addresses of all change.</summary>
internal static class PageAssets
{
    private const string Prefix = "Page/";

    private static readonly Assembly Assembly = typeof(PageAssets).Assembly;

    private static readonly Dictionary<string, PageAsset> Files = Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .ToDictionary(name => name[Prefix.Length..], name => new PageAsset(ContentTypeOf(name), Read(name)), StringComparer.Ordinal);

    /// <summary>A hash over all files, 16 hexadecimal digits.</summary>
    public static string Version { get; } = VersionOf(Files);

    /// <summary>Returns the template of a page.</summary>
    public static string TemplateOf(string page) => Encoding.UTF8.GetString(Read($"{page}.html"));

    /// <summary>Returns the file with this name, like <c>device.css</c>, or null.</summary>
    public static PageAsset? Find(string name) => Files.GetValueOrDefault(name);

    private static string VersionOf(Dictionary<string, PageAsset> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, file) in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{name}:{file.Bytes.Length}:"));
            hash.AppendData(file.Bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static byte[] Read(string name)
    {
        using var stream = Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new NotSupportedException($"The page has a file with the unknown extension {other}."),
    };
}
