namespace DeviceCode.Cli.Tests.Terminal;

using DeviceCode.Cli.Terminal;

public sealed class LargeTextTests
{
    private const string All = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    [Fact]
    public void Every_character_looks_like_no_other()
    {
        var drawn = All.Select(character => string.Join('\n', LargeText.Lines($"{character}")!)).ToList();

        Assert.Equal(All.Length, drawn.Distinct().Count());
        Assert.All(drawn, character => Assert.Equal((3, 5), (character.Split('\n').Length, character.Split('\n').Max(line => line.Length))));
    }

    [Fact]
    public void Letters_stand_beside_each_other()
    {
        Assert.Equal(11, LargeText.WidthOf("AB"));
        Assert.Equal(["▀▀█▀▀ █   █ ▄▀▀▀▀", "  █   █▀▀▀█  ▀▀▀▄", "▀▀▀▀▀ ▀   ▀ ▀▀▀▀ "], LargeText.Lines("IHS"));
    }

    [Fact]
    public void Small_letters_are_drawn_as_capitals() => Assert.Equal(LargeText.Lines("WDJB"), LargeText.Lines("wdjb"));

    [Theory]
    [InlineData("日本")]
    [InlineData("A B")]
    [InlineData("A\u001b")]
    public void What_cannot_be_drawn_is_not(string text) => Assert.Null(LargeText.Lines(text));
}
