namespace DeviceCode.Cli.Tests.Terminal;

using DeviceCode.Cli.Terminal;
using QRCoder;

public sealed class QrCodeTests
{
    private const string Page = "https://login.example.com/device?user_code=WDJB-MJHT";

    [Fact]
    public void It_is_the_library_s_code_with_a_quiet_zone_of_two()
    {
        var lines = HalfBlocks.QrCode(new Uri(Page));
        using var code = QRCodeGenerator.GenerateQrCode(Page, QRCodeGenerator.ECCLevel.L);
        var modules = code.ModuleMatrix;

        Assert.Equal((17, 33), (lines.Count, lines[0].Length));
        Assert.All(lines, line => Assert.Equal(33, line.Length));
        for (var row = 0; row < 33; row++)
        {
            for (var column = 0; column < 33; column++)
            {
                Assert.Equal(modules[row + 2][column + 2], IsDark(lines, row, column));
            }
        }

        // The lower half of the last line is empty.
        Assert.All(lines[^1], character => Assert.Contains(character, " ▀"));
        Assert.All([0, 1, 31, 32],
            edge => Assert.All(Enumerable.Range(0, 33), at => Assert.False(IsDark(lines, edge, at) || IsDark(lines, at, edge))));
    }

    [Theory]
    [InlineData(20)]
    [InlineData(200)]
    [InlineData(1000)]
    public void Any_address_has_one(int length) =>
        Assert.NotEmpty(HalfBlocks.QrCode(new Uri($"https://login.example.com/{new string('x', length)}")));

    private static bool IsDark(IReadOnlyList<string> lines, int row, int column) =>
        lines[row / 2][column] is '█' || lines[row / 2][column] == (row % 2 == 0 ? '▀' : '▄');
}
