namespace DeviceCode.Cli.Terminal;

using System.Text;

/// <summary>Letters and digits three lines high, in half blocks.</summary>
internal static class LargeText
{
    /// <summary>How many lines a text takes.</summary>
    public const int Height = 3;

    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    private const int GlyphWidth = 5;

    // Five rows of pixels; one glyph every six columns. The zero is crossed, so that it is no O.
    private static readonly string[] Pixels =
    [
        ".###. ####. .#### ####. ##### ##### .#### #...# ##### ..### #...# #.... #...# #...# .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# ##### .###. ..#.. ####. ####. #..#. ##### .###. ##### .###. .###. .....",
        "#...# #...# #.... #...# #.... #.... #.... #...# ..#.. ...#. #..#. #.... ##.## ##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#. #..## .##.. ....# ....# #..#. #.... #.... ....# #...# #...# .....",
        "##### ####. #.... #...# ####. ####. #.### ##### ..#.. ...#. ###.. #.... #.#.# #.#.# #...# ####. #.#.# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#.. #.#.# ..#.. .###. .###. ##### ####. ####. ...#. .###. .#### .###.",
        "#...# #...# #.... #...# #.... #.... #...# #...# ..#.. #..#. #..#. #.... #...# #..## #...# #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## .#.#. ..#.. .#... ##..# ..#.. #.... ....# ...#. ....# #...# ..#.. #...# ....# .....",
        "#...# ####. .#### ####. ##### #.... .#### #...# ##### .##.. #...# ##### #...# #...# .###. #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. ##### .###. .###. ##### ####. ...#. ####. .###. .#... .###. .###. .....",
    ];

    /// <summary>The three lines of a text; null when it has characters that there are no large ones of.</summary>
    public static IReadOnlyList<string>? Lines(string text)
    {
        var columns = text.Select(character => Characters.IndexOf(char.ToUpperInvariant(character), StringComparison.Ordinal) * (GlyphWidth + 1)).ToList();
        return columns.Exists(column => column < 0) ? null : [.. Enumerable.Range(0, Height).Select(line => Line(columns, 2 * line))];
    }

    /// <summary>How many columns a text takes.</summary>
    public static int WidthOf(string text) => Math.Max(0, (text.Length * (GlyphWidth + 1)) - 1);

    private static string Line(List<int> columns, int row)
    {
        var line = new StringBuilder();
        foreach (var start in columns)
        {
            if (line.Length > 0)
            {
                line.Append(' ');
            }

            for (var column = start; column < start + GlyphWidth; column++)
            {
                line.Append((IsSet(row, column), IsSet(row + 1, column)) switch
                {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    _ => ' ',
                });
            }
        }

        return line.ToString();
    }

    private static bool IsSet(int row, int column) => row < Pixels.Length && Pixels[row][column] == '#';
}
