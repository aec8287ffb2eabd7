namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>How a code is shown to the user.</summary>
/// <param name="NoBrowser">Whether Enter does not open a browser.</param>
/// <param name="Qr">True for <c>--qr</c>, false for <c>--no-qr</c>.</param>
/// <param name="Copy">Whether to copy the code to the clipboard.</param>
internal sealed record ViewOptions(bool NoBrowser, bool? Qr, bool Copy)
{
    /// <summary>Creates the view of a login.</summary>
    /// <param name="context">The context of the command.</param>
    /// <param name="name">The name of the target.</param>
    /// <param name="authorization">The code; null when there is none to show.</param>
    public ILoginView CreateView(CommandContext context, string name, DeviceAuthorization? authorization)
    {
        var environment = context.Environment;
        if (context.IsJson)
        {
            return new EventsView(environment.Output, environment.Time);
        }

        var copied = authorization is null ? null : CopyTo(context, authorization);
        var qr = Qr ?? context.Settings.Qr;

        // A trace prints lines to the same place, which would destroy the screen.
        if (!environment.IsLive || context.IsVerbose)
        {
            return new LinesView(environment, name, (qr ?? false) && environment.HasUnicode);
        }

        var wantsBrowser = !NoBrowser && context.Settings.Browser != false;
        return new TerminalView(environment, name, wantsBrowser ? Browser.Find(environment) : null, qr ?? environment.HasColour, copied);
    }

    /// <summary>Prints a code on standard output, for a user who continues with another command.</summary>
    public void PrintSteps(CommandContext context, string name, DeviceAuthorization authorization)
    {
        var showsQr = (Qr ?? context.Settings.Qr ?? false) && context.Environment.HasUnicode;
        LinesView.PrintSteps(context.Environment.Output, name, authorization, showsQr, context.Environment.Time);
        CopyTo(context, authorization);
    }

    // Returns a notice for the screen; null when nothing was copied.
    private string? CopyTo(CommandContext context, DeviceAuthorization authorization)
    {
        if (!Copy)
        {
            return null;
        }

        if (!context.Environment.ErrorIsTerminal)
        {
            context.Notice("the code was not copied, because standard error is not a terminal.");
            return null;
        }

        var hasCode = authorization.UserCode.Length > 0;
        var text = hasCode ? authorization.UserCode : authorization.VerificationUri.AbsoluteUri;
        context.Environment.Error.Write(Clipboard.Sequence(Printable.Line(text)));
        return $"The {(hasCode ? "code" : "URL")} is on the clipboard.";
    }
}

/// <summary>The options of a command that shows a code.</summary>
internal sealed class ViewArguments
{
    private readonly Option<bool> _noBrowser = new("--no-browser") { Description = "do not offer to open a browser" };

    private readonly Option<bool> _qr = new("--qr")
    {
        Description = "print the QR code even where the screen cannot be redrawn, such as in CI",
    };

    private readonly Option<bool> _noQr = new("--no-qr") { Description = "do not show a QR code" };
    private readonly Option<bool> _copy = new("--copy") { Description = "copy the code to the clipboard; works over SSH, too" };

    /// <summary>The options, of which none has an effect without a code.</summary>
    public Option[] All => [_noBrowser, _qr, _noQr, _copy];

    public void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>Parses the options.</summary>
    /// <exception cref="Running.CommandException">Two options contradict each other.</exception>
    public ViewOptions Parse(ParseResult arguments, bool isJson)
    {
        if (arguments.GetValue(_qr))
        {
            ArgumentRules.Reject(arguments, "--qr and --no-qr contradict each other.", "Use one of them.", _noQr);
        }

        if (isJson)
        {
            ArgumentRules.Reject(
                arguments, "--json prints output for programs, so {0} has no effect.", "Remove one of them.", _qr, _copy);
        }

        return new ViewOptions(
            arguments.GetValue(_noBrowser),
            arguments.GetValue(_qr) ? true : arguments.GetValue(_noQr) ? false : null,
            arguments.GetValue(_copy));
    }
}
