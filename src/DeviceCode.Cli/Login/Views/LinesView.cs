namespace DeviceCode.Cli.Login.Views;

using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>Shows a login as plain lines, for logs, pipes and simple terminals.</summary>
/// <param name="output">The writer to print to.</param>
/// <param name="name">The name of the target.</param>
/// <param name="showsQr">Whether to print the QR code, in the terminal's own colours.</param>
/// <param name="time">The clock.</param>
internal sealed class LinesView(TextWriter output, string name, bool showsQr, TimeProvider time) : ILoginView
{
    private string? _last;

    /// <summary>Prints the steps of a login for the user.</summary>
    public static void PrintSteps(TextWriter output, string name, DeviceAuthorization authorization, bool showsQr, TimeProvider time)
    {
        output.WriteLine($"Sign in to {Printable.Line(name)}:");
        output.WriteLine($"  1. Open {Printable.Address(authorization.VerificationUri)}");
        output.WriteLine($"  2. Enter the code {Printable.Line(authorization.UserCode)}");
        if (authorization.VerificationUriComplete is { } complete)
        {
            output.WriteLine($"Or open {Printable.Address(complete)} and compare the code.");
            if (showsQr)
            {
                output.WriteLine();

                // Drawn for light text on a dark background. On a light one the modules are inverted, which most cameras read, too.
                foreach (var line in HalfBlocks.QrCode(complete, inverted: true))
                {
                    output.WriteLine($"  {line}");
                }

                output.WriteLine();
            }
        }

        output.WriteLine($"The code is valid for {Wording.Roughly(authorization.ExpiresAt - time.GetUtcNow())}.");
    }

    /// <inheritdoc />
    public Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        PrintSteps(output, name, authorization, showsQr, time);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Report(DeviceLoginProgress progress)
    {
        var state = Wording.Of(progress);
        if (state != _last)
        {
            output.WriteLine($"{state}.");
            _last = state;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
