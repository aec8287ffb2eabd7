namespace DeviceCode.Cli.Login.Views;

using DeviceCode.Cli.Terminal;
using DeviceCode.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

/// <summary>
/// Lays out the screen of a waiting login: the URL, the code in large letters, the QR code beside them where it fits, and below them the
/// state and a hint. The layout is computed for every frame, because the size of the terminal can change.
/// </summary>
/// <param name="name">The name of the target.</param>
/// <param name="authorization">The code and the URL.</param>
/// <param name="showsQr">Whether to show the QR code where it fits.</param>
internal sealed class LoginLayout(string name, DeviceAuthorization authorization, bool showsQr)
{
    private const int Margin = 2;
    private const int Gap = 4;

    // Colours by number, because themes redefine "black" and "white".
    private static readonly Style QrStyle = new(Color.Grey0, Color.Grey100);
    private static readonly Style Strong = new(decoration: Decoration.Bold);
    private static readonly Style Faint = new(decoration: Decoration.Dim);
    private static readonly Style Address = new(decoration: Decoration.Underline);
    private static readonly Style Working = new(Color.Teal);
    private static readonly Style Failing = new(Color.Olive);

    private readonly string _name = Printable.Line(name);
    private readonly string _address = Printable.Address(authorization.VerificationUri);
    private readonly IReadOnlyList<string> _qr =
        showsQr && authorization.VerificationUriComplete is { } complete ? HalfBlocks.QrCode(complete) : [];

    // Empty for a login in the browser, which needs only the URL.
    private readonly string _code = Printable.Line(authorization.UserCode);

    /// <summary>The shortest text with which the user can sign in: the code, or the URL of a login without one.</summary>
    public string Shortest => _code.Length > 0 ? _code : _address;

    /// <summary>Returns the screen; null when the terminal is too small for one.</summary>
    /// <param name="size">The columns and rows of the terminal.</param>
    /// <param name="progress">The progress of the login; null before the first report.</param>
    /// <param name="left">The time until the code expires.</param>
    /// <param name="hint">What the user can do.</param>
    public IRenderable? Compose((int Width, int Height) size, DeviceLoginProgress? progress, TimeSpan left, string hint)
    {
        // The rest is an empty line above, an empty line below, the state, the hint, and the line of the cursor.
        var rows = size.Height - 5;
        if (Body(size.Width, rows) is not { } body)
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

        var state = Wording.Of(progress);
        var clock = $"  {Wording.Clock(left)} left";
        return screen
            .Append("\n" + new string(' ', Margin))
            .Append("● ", progress?.State == DeviceLoginState.Retrying ? Failing : Working)
            .Append(Fit(state, size.Width - Margin - 2 - clock.Length)).Append(clock, Faint)
            .Append("\n" + new string(' ', Margin))
            .Append(Fit(hint, size.Width - Margin), Faint);
    }

    private List<List<(string Text, Style Style)>>? Body(int width, int rows)
    {
        // The first variant that fits, in order of preference.
        var besideQr = width - Margin - Gap - (_qr.Count > 0 ? _qr[0].Length : 0);
        List<string>?[] variants = _code.Length > 0 ? [Large([_code]), Large(_code.Split('-', ' ')), []] : [[]];
        foreach (var large in variants)
        {
            var text = Text(large, scan: _qr.Count > 0);
            if (_qr.Count > 0 && WidthOf(text) <= besideQr && Math.Max(text.Count, _qr.Count) <= rows)
            {
                return Beside(text);
            }
        }

        foreach (var large in variants)
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
        var first = _code.Length > 0 ? "1  " : "   ";
        List<List<(string, Style)>> lines =
        [
            [($"Sign in to {_name}", Strong)],
            [],
            .. scan
                ? new List<(string, Style)>[]
                {
                    [(first, Faint), ("Scan, or open", Style.Plain)],
                    [("   ", Style.Plain), (_address, Address)],
                }
                : [[(first, Faint), ("Open ", Style.Plain), (_address, Address)]],
        ];
        if (_code.Length > 0)
        {
            lines.Add([]);
            lines.Add([("2  ", Faint), (scan ? "Compare or enter the code " : "Enter the code ", Style.Plain), (_code, Strong)]);
        }

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

    // One group of the code below the other; null when a character has no large form.
    private static List<string>? Large(string[] groups)
    {
        var lines = new List<string>();
        foreach (var group in groups)
        {
            if (HalfBlocks.Text(group) is not { } drawn)
            {
                return null;
            }

            lines.AddRange(drawn);
        }

        return lines;
    }

    private static int WidthOf(List<List<(string Text, Style Style)>> lines) =>
        lines.Max(line => line.Sum(part => new Segment(part.Text).CellCount()));

    private static string Fit(string text, int width) => text.Length <= width ? text : $"{text[..Math.Max(0, width - 1)]}…";
}
