namespace DeviceCode.Cli.Terminal;

using System.Text;
using Spectre.Console;

/// <summary>Spectre.Console on a stream that is known to be a terminal, or known not to be.</summary>
internal static class Screen
{
    /// <summary>A console on standard error or output.</summary>
    public static IAnsiConsole On(TextWriter writer, Surroundings around)
    {
        var kind = new TerminalKind(around);
        var isTerminal = writer == around.Output ? around.OutputIsTerminal : around.ErrorIsTerminal;
        return AnsiConsole.Create(new AnsiConsoleSettings
        {
            // A Windows console must be asked; any other terminal speaks ANSI.
            Ansi = !isTerminal ? AnsiSupport.No : OperatingSystem.IsWindows() ? AnsiSupport.Detect : AnsiSupport.Yes,
            ColorSystem = isTerminal && kind.HasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            Out = new Stream(writer, isTerminal, around.Size),
        });
    }

    private sealed class Stream(TextWriter writer, bool isTerminal, Func<(int Width, int Height)> size) : IAnsiConsoleOutput
    {
        // Lines for other programs are not broken.
        private const int Unlimited = 10_000;

        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => isTerminal ? size().Width : Unlimited;

        public int Height => size().Height;

        public void SetEncoding(Encoding encoding)
        {
            // It is the process's own.
        }
    }
}
