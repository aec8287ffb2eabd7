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

    [Theory]
    [InlineData("https://login.example.com/device?user_code=A-B", "https://login.example.com/device?user_code=A-B")]
    [InlineData("http://localhost:7071/device", "http://localhost:7071/device")]
    [InlineData("https://аррӏе.example:8443/a?b=c", "https://xn--80ak6aa92e.example:8443/a?b=c")]
    [InlineData("https://example.com/a\u202eb", "https://example.com/a%E2%80%AEb")]
    public void An_address_looks_like_no_other(string address, string printed) =>
        Assert.Equal(printed, Printable.Address(new Uri(address)));

    [Fact]
    public void Half_a_pair_is_no_character() => Assert.Equal("half \uFFFD pair", Printable.Line("half \ud83d pair"));

    [Fact]
    public void Text_keeps_its_lines_and_tabs() => Assert.Equal("a\n\tb\nc\uFFFDd\n", Printable.Text("a\n\tb\r\nc\rd\n"));
}
