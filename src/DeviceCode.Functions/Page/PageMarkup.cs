namespace DeviceCode.Functions.Page;

using System.Collections.Concurrent;
using System.Globalization;
using System.Resources;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

/// <summary>The page's HTML: the template with the words of a language, one of those that have a <c>PageStrings.*.resx</c>.</summary>
internal static partial class PageMarkup
{
    private static readonly ResourceManager Strings = new("DeviceCode.Functions.Page.PageStrings", typeof(PageMarkup).Assembly);
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en");
    private static readonly ConcurrentDictionary<(CultureInfo Culture, string AssetsPath), PageAsset> Pages = new();

    /// <summary>The page in the language that the browser likes best of those there are.</summary>
    /// <param name="request">The browser's request.</param>
    /// <param name="assetsPath">The path below which the page's files are.</param>
    public static PageAsset For(HttpRequest request, string assetsPath)
    {
        ArgumentNullException.ThrowIfNull(request);
        var culture = request.GetTypedHeaders().AcceptLanguage
            .OrderByDescending(language => language, StringWithQualityHeaderValueComparer.QualityComparer)
            .Select(language => Known(language.Value.ToString()))
            .FirstOrDefault(known => known is not null);
        return Pages.GetOrAdd((culture ?? English, assetsPath), page => PageAsset.Text("text/html", Render(page.Culture, page.AssetsPath)));
    }

    private static string Render(CultureInfo culture, string assetsPath) => Placeholder().Replace(PageAssets.Template, found => found.Groups[1].Value switch
    {
        "lang" => culture.Name,
        "assets" => HtmlEncoder.Default.Encode(assetsPath),
        var name => Words(Strings.GetString(name, culture) ?? throw new MissingManifestResourceException($"The page's string {name} is missing.")),
    });

    /// <summary>A string as HTML; a value that it has a place for is kept from changing the direction of the text around it.</summary>
    private static string Words(string text) =>
        Slot().Replace(HtmlEncoder.Default.Encode(text), found => $"<bdi data-slot=\"{found.Groups[1].Value}\"></bdi>");

    /// <summary>The culture with this name, or the one it belongs to, if there are words in it.</summary>
    private static CultureInfo? Known(string name)
    {
        try
        {
            for (var culture = CultureInfo.GetCultureInfo(name, predefinedOnly: true); culture.Name.Length > 0; culture = culture.Parent)
            {
                if (culture.Equals(English) || Strings.GetResourceSet(culture, createIfNotExists: true, tryParents: false) is not null)
                {
                    return culture;
                }
            }
        }
        catch (CultureNotFoundException)
        {
            // Browsers may send anything.
        }

        return null;
    }

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Slot();
}
