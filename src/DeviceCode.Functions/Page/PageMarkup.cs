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

/// <summary>
/// Renders the HTML of a page: its template with the strings of one language, of those that have a <c>PageStrings.*.resx</c>.
/// </summary>
internal static partial class PageMarkup
{
    private static readonly ResourceManager Strings = new("DeviceCode.Functions.Page.PageStrings", typeof(PageMarkup).Assembly);

    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    // English, and the languages with a built resource assembly, each in a folder of its name. A fixed list, because a browser may send any
    // number of languages.
    private static readonly CultureInfo[] Languages =
    [
        CultureInfo.GetCultureInfo("en"),
        .. Directory
            .EnumerateFiles(
                AppContext.BaseDirectory, $"{typeof(PageMarkup).Assembly.GetName().Name}.resources.dll", SearchOption.AllDirectories)
            .Select(file => CultureInfo.GetCultureInfo(Path.GetFileName(Path.GetDirectoryName(file)!))),
    ];

    private static readonly ConcurrentDictionary<(string Name, CultureInfo Culture, string AssetsPath), PageAsset> Pages = new();

    /// <summary>Returns a page in the available language that the browser prefers.</summary>
    /// <param name="page">The name of the template.</param>
    /// <param name="request">The browser's request.</param>
    /// <param name="assetsPath">The path below which the page's files are.</param>
    public static PageAsset For(string page, HttpRequest request, string assetsPath)
    {
        ArgumentNullException.ThrowIfNull(request);
        var culture = request.GetTypedHeaders().AcceptLanguage
            .OrderByDescending(range => range, StringWithQualityHeaderValueComparer.QualityComparer)
            .Select(range => Array.Find(Languages, language => Matches(language.Name, range.Value)))
            .FirstOrDefault(language => language is not null);
        return Pages.GetOrAdd(
            (page, culture ?? Languages[0], assetsPath),
            key => PageAsset.Text("text/html", Render(key.Name, key.Culture, key.AssetsPath)));
    }

    /// <summary>Whether a language, like <c>en</c>, satisfies the browser's range, like <c>en-GB</c> (RFC 4647 §3.3.1).</summary>
    private static bool Matches(string language, StringSegment range) =>
        range.StartsWith(language, StringComparison.OrdinalIgnoreCase)
        && (range.Length == language.Length || range[language.Length] == '-');

    private static string Render(string page, CultureInfo culture, string assetsPath) => Placeholder().Replace(
        PageAssets.TemplateOf(page), placeholder =>
        placeholder.Groups[1].Value switch
    {
        "lang" => culture.Name,
        "assets" => Encoder.Encode(assetsPath),
        "logins" => Encoder.Encode($"{assetsPath[..assetsPath.LastIndexOf("/assets/", StringComparison.Ordinal)]}/logins"),
        var name => Markup(
            Strings.GetString(name, culture) ?? throw new MissingManifestResourceException($"The page's string {name} is missing.")),
    });

    /// <summary>Returns a string as HTML. A value inserted into it cannot change the direction of the text around it.</summary>
    private static string Markup(string text) =>
        Slot().Replace(Encoder.Encode(text), found => $"<bdi data-slot=\"{found.Groups[1].Value}\"></bdi>");

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Slot();
}
