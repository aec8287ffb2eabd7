namespace DeviceCode.Client;

using System.Globalization;
using System.Text;

/// <summary>Makes a server's text fit for a terminal: no control or invisible characters, no line breaks, and not too long.</summary>
internal static class ServerText
{
    /// <summary>The text in one line; null when nothing is left of it.</summary>
    public static string? Clean(string? text, int maxLength = 500)
    {
        if (text is null)
        {
            return null;
        }

        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (Rune.IsWhiteSpace(rune) || category == UnicodeCategory.Control)
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                {
                    clean.Append(' ');
                }
            }
            else if (category is not (UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned))
            {
                clean.Append(rune);
            }

            if (clean.Length >= maxLength)
            {
                return clean.Append('…').ToString();
            }
        }

        return clean.ToString().Trim() is { Length: > 0 } some ? some : null;
    }
}
