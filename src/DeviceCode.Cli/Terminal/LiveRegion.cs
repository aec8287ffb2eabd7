namespace DeviceCode.Cli.Terminal;

using System.Text;
using DeviceCode.Cli.Running;
using Spectre.Console;
using Spectre.Console.Rendering;

/// <summary>
/// Redraws the last lines of the terminal on standard error, and clears them at the end. Spectre's own live display reserves room for the
/// largest content it has shown, which leaves fragments behind when the terminal becomes smaller.
/// </summary>
internal sealed class LiveRegion(CommandEnvironment environment)
{
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private const string ClearToEndOfLine = "\e[K";
    private const string ClearBelow = "\e[J";
    private const string ClearAll = "\e[H\e[2J";

    private readonly IAnsiConsole _console = CreateConsole(environment);
    private (int Width, int Height) _size = environment.Size();
    private int _lines;

    /// <summary>Whether the terminal supports ANSI sequences.</summary>
    public bool IsPossible => _console.Profile.Capabilities.Ansi;

    /// <summary>Replaces the previous content. The new content must fit the terminal.</summary>
    public void Draw(IRenderable content)
    {
        var frame = new StringBuilder(HideCursor).Append(ToStart());

        // Spectre ends lines with CR LF on Windows, where it also turns off the carriage return that consoles add to a line feed.
        var lines = _console.ToAnsi(content).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        frame.AppendJoin($"{ClearToEndOfLine}\r\n", lines).Append(ClearToEndOfLine).Append(ClearBelow);
        _lines = lines.Length;
        Write(frame);
    }

    /// <summary>Removes the region, and moves the cursor to where it began.</summary>
    public void Clear()
    {
        Write(new StringBuilder(ToStart()).Append(ClearBelow).Append(ShowCursor));
        _lines = 0;
    }

    /// <summary>Creates Spectre's console for standard error.</summary>
    internal static IAnsiConsole CreateConsole(CommandEnvironment environment)
    {
        var isTerminal = environment.ErrorIsTerminal;
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            // Ask a Windows console; every other terminal understands ANSI.
            Ansi = !isTerminal ? AnsiSupport.No : OperatingSystem.IsWindows() ? AnsiSupport.Detect : AnsiSupport.Yes,
            ColorSystem = isTerminal && environment.HasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new TerminalOutput(environment),
        });
    }

    private string ToStart()
    {
        if (environment.Size() is var size && size != _size)
        {
            // The resized terminal has rewrapped the lines, so the start of the region is unknown.
            _size = size;
            return ClearAll;
        }

        return _lines > 1 ? $"\r\e[{_lines - 1}A" : "\r";
    }

    private void Write(StringBuilder text)
    {
        environment.Error.Write(text);
        environment.Error.Flush();
    }

    private sealed class TerminalOutput(CommandEnvironment environment) : IAnsiConsoleOutput
    {
        public TextWriter Writer => environment.Error;

        public bool IsTerminal => environment.ErrorIsTerminal;

        public int Width => environment.Size().Width;

        public int Height => environment.Size().Height;

        public void SetEncoding(Encoding encoding)
        {
            // The process has set its encoding already.
        }
    }
}
