namespace DeviceCode.Cli.Tests.Terminal;

using DeviceCode.Cli.Terminal;

public sealed class LargeTextTests
{
    private const string All = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    [Fact]
    public void Every_character_looks_like_no_other()
    {
        var drawn = All.Select(character => string.Join('\n', HalfBlocks.Text($"{character}")!)).ToList();

        Assert.Equal(All.Length, drawn.Distinct().Count());
        Assert.All(drawn,
            character => Assert.Equal((3, 5), (character.Split('\n').Length, character.Split('\n').Max(line => line.Length))));
    }

    [Fact]
    public void Letters_stand_beside_each_other()
    {
        Assert.All(HalfBlocks.Text("AB")!, line => Assert.Equal(11, line.Length));
        Assert.Equal(
            [
                "▀▀█▀▀ █   █ ▄▀▀▀▀",
                "  █   █▀▀▀█  ▀▀▀▄",
                "▀▀▀▀▀ ▀   ▀ ▀▀▀▀ ",
            ],
            HalfBlocks.Text("IHS"));
    }

    [Fact]
    public void Small_letters_are_drawn_as_capitals() => Assert.Equal(HalfBlocks.Text("WDJB"), HalfBlocks.Text("wdjb"));

    [Theory]
    [InlineData("日本")]
    [InlineData("A B")]
    [InlineData("A\u001b")]
    public void What_cannot_be_drawn_is_not(string text) => Assert.Null(HalfBlocks.Text(text));
}
