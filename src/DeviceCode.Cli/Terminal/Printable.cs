namespace DeviceCode.Cli.Terminal;

using System.Globalization;
using System.Text;

/// <summary>Makes text of others safe for a terminal: what could move the cursor, recolour, reorder or hide anything becomes U+FFFD.</summary>
internal static class Printable
{
    /// <summary>The text on one line.</summary>
    public static string Line(string text) => Clean(text, keepLines: false);

    /// <summary>The text, with its line breaks, those of Windows as those of all others, and its tabs.</summary>
    public static string Text(string text) => Clean(text.Replace("\r\n", "\n", StringComparison.Ordinal), keepLines: true);

    /// <summary>An address, its host in ASCII: letters of other scripts can look like it (RFC 5890 §4.4).</summary>
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

    // Format characters are what reorders text (bidi overrides), hides in it, or tags it; none is needed to read a name.
    private static bool IsSafe(Rune rune, bool keepLines) => (keepLines && rune.Value is '\n' or '\t') || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
