namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Terminal;
using DeviceCode.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

/// <summary>
/// What a person sees while a login waits: the address, the code large, the QR code beside them where it fits, and below the state
/// and what can be done. Laid out anew each time it is drawn, because terminals change their size.
/// </summary>
/// <param name="name">What is signed in to.</param>
/// <param name="authorization">The code and where to enter it.</param>
/// <param name="qr">Whether the QR code is wanted.</param>
internal sealed class LoginScreen(string name, DeviceAuthorization authorization, bool qr)
{
    private const int Margin = 2;
    private const int Gap = 4;

    // Colours by number, because themes change what "black" and "white" are.
    private static readonly Style QrStyle = new(Color.Grey0, Color.Grey100);
    private static readonly Style Strong = new(decoration: Decoration.Bold);
    private static readonly Style Faint = new(decoration: Decoration.Dim);
    private static readonly Style Address = new(decoration: Decoration.Underline);
    private static readonly Style Working = new(Color.Teal);
    private static readonly Style Troubled = new(Color.Olive);

    private readonly string _name = Printable.Line(name);
    private readonly string _address = Printable.Address(authorization.VerificationUri);
    private readonly string _code = Printable.Line(authorization.UserCode);
    private readonly IReadOnlyList<string> _qr = qr && authorization.VerificationUriComplete is { } complete ? QrCode.Lines(complete) : [];

    /// <summary>The screen; null when the terminal is too small for any.</summary>
    /// <param name="width">The terminal's columns.</param>
    /// <param name="height">The terminal's rows.</param>
    /// <param name="state">What is going on.</param>
    /// <param name="isTrouble">Whether that is no good news.</param>
    /// <param name="left">How long the code is still good for.</param>
    /// <param name="hint">What can be done.</param>
    public IRenderable? Compose(int width, int height, string state, bool isTrouble, TimeSpan left, string hint)
    {
        // An empty line above, an empty line, the state, the hint, and the line that the cursor is on.
        var rows = height - 5;
        if (Body(width, rows) is not { } body)
        {
            return null;
        }

        var screen = new Paragraph().Append("\n");
        foreach (var line in body)
        {
            screen.Append(new string(' ', line.Count > 0 ? Margin : 0));
            foreach (var (text, style) in line)
            {
                screen.Append(text, style);
            }

            screen.Append("\n");
        }

        var clock = $"  {Wording.Clock(left)} left";
        return screen
            .Append("\n" + new string(' ', Margin))
            .Append("● ", isTrouble ? Troubled : Working).Append(Fit(state, width - Margin - 2 - clock.Length)).Append(clock, Faint)
            .Append("\n" + new string(' ', Margin))
            .Append(Fit(hint, width - Margin), Faint);
    }

    private List<List<(string Text, Style Style)>>? Body(int width, int rows)
    {
        // Everything in order of preference; the first that fits.
        var besideQr = width - Margin - Gap - (_qr.Count > 0 ? _qr[0].Length : 0);
        foreach (var large in new[] { Large([_code]), Large(_code.Split('-', ' ')), [] })
        {
            var text = Text(large, scan: _qr.Count > 0);
            if (_qr.Count > 0 && WidthOf(text) <= besideQr && Math.Max(text.Count, _qr.Count) <= rows)
            {
                return Beside(text);
            }
        }

        foreach (var large in new[] { Large([_code]), Large(_code.Split('-', ' ')), [] })
        {
            var text = Text(large, scan: false);
            if (WidthOf(text) <= width - Margin && text.Count <= rows)
            {
                return text;
            }
        }

        return null;
    }

    private List<List<(string Text, Style Style)>> Text(List<string>? large, bool scan)
    {
        List<List<(string, Style)>> lines =
        [
            [($"Sign in to {_name}", Strong)],
            [],
            .. scan
                ? new List<(string, Style)>[] { [("1  ", Faint), ("Scan, or open", Style.Plain)], [("   ", Style.Plain), (_address, Address)] }
                : [[("1  ", Faint), ("Open ", Style.Plain), (_address, Address)]],
            [],
            [("2  ", Faint), (scan ? "Compare or enter the code " : "Enter the code ", Style.Plain), (_code, Strong)],
        ];
        if (large is { Count: > 0 })
        {
            lines.Add([]);
            lines.AddRange(large.Select(line => new List<(string, Style)> { ("   " + line.TrimEnd(), Style.Plain) }));
        }

        return lines;
    }

    private List<List<(string Text, Style Style)>> Beside(List<List<(string Text, Style Style)>> text)
    {
        var lines = new List<List<(string, Style)>>();
        for (var row = 0; row < Math.Max(text.Count, _qr.Count); row++)
        {
            (string, Style) left = row < _qr.Count ? (_qr[row], QrStyle) : (new string(' ', _qr[0].Length), Style.Plain);
            lines.Add([left, (new string(' ', Gap), Style.Plain), .. row < text.Count ? text[row] : []]);
        }

        return lines;
    }

    // The groups of a code, one below the other; nothing when a character cannot be drawn.
    private static List<string>? Large(string[] groups)
    {
        var lines = new List<string>();
        foreach (var group in groups)
        {
            if (LargeText.Lines(group) is not { } drawn)
            {
                return null;
            }

            lines.AddRange(drawn);
        }

        return lines;
    }

    private static int WidthOf(List<List<(string Text, Style Style)>> lines) => lines.Max(line => line.Sum(part => new Segment(part.Text).CellCount()));

    private static string Fit(string text, int width) => text.Length <= width ? text : $"{text[..Math.Max(0, width - 1)]}…";
}
