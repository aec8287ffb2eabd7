namespace DeviceCode.Cli.Login.Views;

using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>Shows a login as plain lines, for logs, pipes and simple terminals.</summary>
/// <param name="environment">The environment of the command.</param>
/// <param name="name">The name of the target.</param>
/// <param name="showsQr">Whether to print the QR code, in the terminal's own colours.</param>
internal sealed class LinesView(CommandEnvironment environment, string name, bool showsQr) : ILoginView
{
    private string? _last;

    /// <summary>Prints the steps of a login for the user.</summary>
    public static void PrintSteps(TextWriter output, string name, DeviceAuthorization authorization, bool showsQr, TimeProvider time)
    {
        output.WriteLine($"Sign in to {Printable.Line(name)}:");
        var hasCode = authorization.UserCode.Length > 0;
        output.WriteLine($"  {(hasCode ? "1. " : "")}Open {Printable.Address(authorization.VerificationUri)}");
        if (hasCode)
        {
            output.WriteLine($"  2. Enter the code {Printable.Line(authorization.UserCode)}");
        }

        if (authorization.VerificationUriComplete is { } complete)
        {
            if (hasCode)
            {
                output.WriteLine($"Or open {Printable.Address(complete)} and compare the code.");
            }

            // Drawn for light text on a dark background. On a light one the modules are inverted, which most cameras read, too.
            if (showsQr && HalfBlocks.QrCode(complete, inverted: true) is { Count: > 0 } qr)
            {
                output.WriteLine($"\n{string.Concat(qr.Select(line => $"  {line}\n"))}");
            }
        }

        output.WriteLine($"The {(hasCode ? "code" : "URL")} is valid for {Wording.Roughly(authorization.ExpiresAt - time.GetUtcNow())}.");
    }

    /// <inheritdoc />
    public Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        PrintSteps(authorization);
        if (!environment.ErrorIsDiscarded())
        {
            return Task.CompletedTask;
        }

        // Without the code, the login would wait in vain.
        using var terminal = environment.OpenTerminal() ?? throw new CommandException(
            ExitCode.Usage,
            "The code cannot be shown: standard error is discarded, and the process has no terminal.",
            "Do not discard standard error, or use --json, which prints the code on standard output.");
        PrintSteps(terminal, name, authorization, showsQr, environment.Time);
        return Task.CompletedTask;
    }

    /// <summary>Prints the steps of the login for the user.</summary>
    public void PrintSteps(DeviceAuthorization authorization) =>
        PrintSteps(environment.Error, name, authorization, showsQr, environment.Time);

    /// <inheritdoc />
    public void Report(DeviceLoginProgress progress)
    {
        var state = Wording.Of(progress);
        if (state != _last)
        {
            environment.Error.WriteLine($"{state}.");
            _last = state;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
