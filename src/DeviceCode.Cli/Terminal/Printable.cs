namespace DeviceCode.Cli.Terminal;

using System.Globalization;
using System.Text;

/// <summary>
/// Makes foreign text safe for a terminal: characters that can move the cursor, recolour, reorder or hide text become U+FFFD.
/// </summary>
internal static class Printable
{
    /// <summary>Returns the text on one line.</summary>
    public static string Line(string text) => Clean(text, keepLines: false);

    /// <summary>Returns the text with its tabs and line breaks; CR LF becomes LF.</summary>
    public static string Text(string text) => Clean(text.Replace("\r\n", "\n", StringComparison.Ordinal), keepLines: true);

    /// <summary>
    /// Returns a URL with its host name in ASCII, because letters of other scripts can look like ASCII ones (RFC 5890 §4.4).
    /// </summary>
    public static string Address(Uri address) =>
        address.IdnHost == address.Host ? address.AbsoluteUri : new UriBuilder(address) { Host = address.IdnHost }.Uri.AbsoluteUri;

    private static string Clean(string text, bool keepLines)
    {
        StringBuilder? cleaned = null;
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.Utf16SequenceLength;
            if (!IsSafe(rune, keepLines) || rune == Rune.ReplacementChar)
            {
                cleaned ??= new StringBuilder(text, 0, at, text.Length);
                cleaned.Append('\uFFFD');
            }
            else
            {
                cleaned?.Append(text, at, length);
            }

            at += length;
        }

        return cleaned?.ToString() ?? text;
    }

    // Format characters reorder text (bidi overrides), hide in it or tag it. Names with a zero-width joiner are changed, too.
    private static bool IsSafe(Rune rune, bool keepLines) =>
        (keepLines && rune.Value is '\n' or '\t')
        || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
            or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate);
}
