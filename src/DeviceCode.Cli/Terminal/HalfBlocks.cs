namespace DeviceCode.Cli.Terminal;

using System.Text;
using QRCoder;
using QRCoder.Exceptions;

/// <summary>Draws large text and QR codes with half blocks: two pixels per character, one above the other.</summary>
internal static class HalfBlocks
{
    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    private const int GlyphWidth = 5;
    private const int GlyphStride = GlyphWidth + 1;

    // The standard requires a quiet zone of four modules. Two were enough for every camera tried, and make the code fit into 80 by 24.
    private const int QuietZone = 2;
    private const int QuietZoneOfLibrary = 4;

    // One glyph every six columns, five pixels high. The zero is crossed, to distinguish it from the O.
    private static readonly string[] Glyphs = ReadGlyphs(
        ".###. ####. .#### ####. ##### ##### .#### #...# ##### ..### #...# #.... #...# #...# .###. ####. .###. ####. .####",
        "#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #..#. #.... ##.## ##..# #...# #...# #...# #...# #....",
        "##### ####. #.... #...# ####. ####. #.### ##### ..#.. ...#. ###.. #.... #.#.# #.#.# #...# ####. #.#.# ####. .###.",
        "#...# #...# #.... #...# #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...# #..## #...# #.... #..#. #..#. ....#",
        "#...# ####. .#### ####. ##### #.... .#### #...# ##### .##.. #...# ##### #...# #...# .###. #.... .##.# #...# ####.",
        "##### #...# #...# #...# #...# #...# ##### .###. ..#.. ####. ####. #..#. ##### .###. ##### .###. .###. .....",
        "..#.. #...# #...# #...# .#.#. .#.#. ...#. #..## .##.. ....# ....# #..#. #.... #.... ....# #...# #...# .....",
        "..#.. #...# #...# #.#.# ..#.. ..#.. ..#.. #.#.# ..#.. .###. .###. ##### ####. ####. ...#. .###. .#### .###.",
        "..#.. #...# .#.#. ##.## .#.#. ..#.. .#... ##..# ..#.. #.... ....# ...#. ....# #...# ..#.. #...# ....# .....",
        "..#.. .###. ..#.. #...# #...# ..#.. ##### .###. .###. ##### ####. ...#. ####. .###. .#... .###. .###. .....");

    /// <summary>Returns a text as three lines; null when it contains a character without a large form.</summary>
    public static IReadOnlyList<string>? Text(string text)
    {
        var starts = text
            .Select(character => Characters.IndexOf(char.ToUpperInvariant(character), StringComparison.Ordinal) * GlyphStride)
            .ToList();
        var width = Math.Max(0, (starts.Count * GlyphStride) - 1);
        return starts.Exists(start => start < 0) ? null : Draw(width, Glyphs.Length, (row, column) =>
            column % GlyphStride < GlyphWidth && Glyphs[row][starts[column / GlyphStride] + (column % GlyphStride)] == '#');
    }

    /// <summary>Returns the QR code of a URL; empty when the URL is too long for one, which is above 2,953 bytes.</summary>
    /// <param name="page">The URL.</param>
    /// <param name="inverted">
    /// False to draw the dark modules, for dark text on a light background. True to draw the light ones, for light text on a dark
    /// background.
    /// </param>
    public static IReadOnlyList<string> QrCode(Uri page, bool inverted = false)
    {
        using var code = TryGenerate(page);
        if (code is null)
        {
            return [];
        }

        var modules = code.ModuleMatrix;
        const int margin = QuietZoneOfLibrary - QuietZone;
        var size = modules.Count - (2 * margin);
        return Draw(size, size, (row, column) => modules[row + margin][column + margin] != inverted, below: inverted);
    }

    private static QRCodeData? TryGenerate(Uri page)
    {
        try
        {
            return QRCodeGenerator.GenerateQrCode(page.AbsoluteUri, QRCodeGenerator.ECCLevel.L);
        }
        catch (DataTooLongException)
        {
            return null;
        }
    }

    // "below" is the lower half of the last line when the number of rows is odd.
    private static List<string> Draw(int width, int height, Func<int, int, bool> isSet, bool below = false)
    {
        var lines = new List<string>();
        for (var row = 0; row < height; row += 2)
        {
            var line = new StringBuilder(width);
            for (var column = 0; column < width; column++)
            {
                var lower = row + 1 < height ? isSet(row + 1, column) : below;
                line.Append((isSet(row, column), lower) switch
                {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    _ => ' ',
                });
            }

            lines.Add(line.ToString());
        }

        return lines;
    }

    // A line of source holds only half of the glyphs.
    private static string[] ReadGlyphs(params string[] rows) =>
        [.. Enumerable.Range(0, rows.Length / 2).Select(row => $"{rows[row]} {rows[row + (rows.Length / 2)]}")];
}
