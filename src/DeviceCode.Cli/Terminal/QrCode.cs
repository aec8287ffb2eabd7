namespace DeviceCode.Cli.Terminal;

using System.Text;
using QRCoder;

/// <summary>A QR code in half blocks: two modules a character, upper and lower.</summary>
internal static class QrCode
{
    // The standard wants four modules of quiet zone. Two are enough for every camera tried, and make the code fit 80 by 24.
    private const int QuietZone = 2;
    private const int QuietZoneOfLibrary = 4;

    /// <summary>The lines of the code of a page, to be shown dark on light: a full block is dark.</summary>
    public static IReadOnlyList<string> Lines(Uri page)
    {
        using var code = QRCodeGenerator.GenerateQrCode(page.AbsoluteUri, QRCodeGenerator.ECCLevel.L);
        var modules = code.ModuleMatrix;
        const int margin = QuietZoneOfLibrary - QuietZone;
        var size = modules.Count - (2 * margin);
        var lines = new List<string>();
        for (var row = 0; row < size; row += 2)
        {
            var line = new StringBuilder(size);
            for (var column = 0; column < size; column++)
            {
                line.Append((IsDark(row, column), IsDark(row + 1, column)) switch
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

        bool IsDark(int row, int column) => row < size && modules[row + margin][column + margin];
    }
}
