namespace DeviceCode.Cli.Tests.Terminal;

using DeviceCode.Cli.Terminal;

public sealed class PrintableTests
{
    [Theory]
    [InlineData("Zoë O'Neill – 日本語 👋", "Zoë O'Neill – 日本語 👋")]
    [InlineData("\u001b[31mred\u001b[0m", "\uFFFD[31mred\uFFFD[0m")]
    [InlineData("\u001b]0;title\u0007", "\uFFFD]0;title\uFFFD")]
    [InlineData("\u009b2J", "\uFFFD2J")]
    [InlineData("a\rb\nc\td\be\0f\u007fg", "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFDf\uFFFDg")]
    [InlineData("evil\u202egnp.exe", "evil\uFFFDgnp.exe")]
    [InlineData("zero\u200bwidth\ufeff", "zero\uFFFDwidth\uFFFD")]
    [InlineData("a\u2028b", "a\uFFFDb")]
    [InlineData("", "")]
    public void One_line_stays_one_line_and_does_nothing(string text, string printed) => Assert.Equal(printed, Printable.Line(text));

    [Fact]
    public void Half_a_pair_is_no_character() => Assert.Equal("half \uFFFD pair", Printable.Line("half \ud83d pair"));

    [Fact]
    public void Text_keeps_its_lines_and_tabs() => Assert.Equal("a\n\tb\uFFFD\n", Printable.Text("a\n\tb\r\n"));
}
