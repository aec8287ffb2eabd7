namespace DeviceCode.Cli.Terminal;

using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

/// <summary>
/// Lines at the end of a terminal that are drawn again and again, and cleared at the end. Spectre's own live display keeps room for the
/// largest thing it has shown, which leaves pieces behind when a terminal is made smaller.
/// </summary>
/// <param name="output">The terminal.</param>
/// <param name="around">Where the command runs.</param>
internal sealed class LiveRegion(TextWriter output, Surroundings around)
{
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private const string ClearToEndOfLine = "\e[K";
    private const string ClearBelow = "\e[J";
    private const string ClearAll = "\e[H\e[2J";

    private readonly IAnsiConsole _console = Screen.On(output, around);
    private (int Width, int Height) _size = around.Size();
    private int _lines;

    /// <summary>Whether the terminal can do this at all.</summary>
    public bool IsPossible => _console.Profile.Capabilities.Ansi;

    /// <summary>Draws over what was drawn before. It must fit the terminal.</summary>
    public void Draw(IRenderable content)
    {
        var frame = new StringBuilder(HideCursor).Append(ToStart());
        var lines = _console.ToAnsi(content).TrimEnd('\n').Split('\n');
        frame.AppendJoin($"{ClearToEndOfLine}\n", lines).Append(ClearToEndOfLine).Append(ClearBelow);
        _lines = lines.Length;
        Write(frame);
    }

    /// <summary>Leaves nothing behind, and the cursor where the region began.</summary>
    public void Clear()
    {
        Write(new StringBuilder(ToStart()).Append(ClearBelow).Append(ShowCursor));
        _lines = 0;
    }

    private string ToStart()
    {
        if (around.Size() is var size && size != _size)
        {
            // The terminal has wrapped or unwrapped what was there: where it began, nobody knows.
            _size = size;
            return ClearAll;
        }

        return _lines > 1 ? $"\r\e[{_lines - 1}A" : "\r";
    }

    private void Write(StringBuilder text)
    {
        output.Write(text);
        output.Flush();
    }
}
