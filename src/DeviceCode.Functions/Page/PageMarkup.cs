namespace DeviceCode.Functions.Page;

using System.Collections.Concurrent;
using System.Globalization;
using System.Resources;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

/// <summary>The page's HTML: the template with the words of a language, one of those that have a <c>PageStrings.*.resx</c>.</summary>
internal static partial class PageMarkup
{
    private static readonly ResourceManager Strings = new("DeviceCode.Functions.Page.PageStrings", typeof(PageMarkup).Assembly);

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    // English, and what else has been built, each in a folder of its name. Looked up once: browsers may name a thousand languages.
    private static readonly CultureInfo[] Languages =
    [
        CultureInfo.GetCultureInfo("en"),
        .. Directory.EnumerateFiles(AppContext.BaseDirectory, $"{typeof(PageMarkup).Assembly.GetName().Name}.resources.dll", SearchOption.AllDirectories)
            .Select(file => CultureInfo.GetCultureInfo(Path.GetFileName(Path.GetDirectoryName(file)!))),
    ];

    private static readonly ConcurrentDictionary<(CultureInfo Culture, string AssetsPath), PageAsset> Pages = new();

    /// <summary>The page in the language that the browser likes best of those there are.</summary>
    /// <param name="request">The browser's request.</param>
    /// <param name="assetsPath">The path below which the page's files are.</param>
    public static PageAsset For(HttpRequest request, string assetsPath)
    {
        ArgumentNullException.ThrowIfNull(request);
        var liked = request.GetTypedHeaders().AcceptLanguage.OrderByDescending(language => language, StringWithQualityHeaderValueComparer.QualityComparer);
        var culture = liked.Select(language => Array.Find(Languages, known => IsIn(known.Name, language.Value))).FirstOrDefault(known => known is not null);
        return Pages.GetOrAdd((culture ?? Languages[0], assetsPath), page => PageAsset.Text("text/html", Render(page.Culture, page.AssetsPath)));
    }

    /// <summary>Whether what a browser asks for, like <c>en-GB</c>, is in the language <c>en</c> (RFC 4647 §3.3.1).</summary>
    private static bool IsIn(string language, StringSegment asked) =>
        asked.StartsWith(language, StringComparison.OrdinalIgnoreCase) && (asked.Length == language.Length || asked[language.Length] == '-');

    private static string Render(CultureInfo culture, string assetsPath) => Placeholder().Replace(PageAssets.Template, found => found.Groups[1].Value switch
    {
        "lang" => culture.Name,
        "assets" => Encoder.Encode(assetsPath),
        var name => Words(Strings.GetString(name, culture) ?? throw new MissingManifestResourceException($"The page's string {name} is missing.")),
    });

    /// <summary>A string as HTML; a value that it has a place for is kept from changing the direction of the text around it.</summary>
    private static string Words(string text) =>
        Slot().Replace(Encoder.Encode(text), found => $"<bdi data-slot=\"{found.Groups[1].Value}\"></bdi>");

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Slot();
}
