namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>A login in plain lines, for logs, pipes and terminals that cannot do more.</summary>
/// <param name="output">Where to print.</param>
/// <param name="name">What is signed in to.</param>
/// <param name="showsQr">Whether a QR code is printed, in the terminal's own colours.</param>
/// <param name="time">The clock.</param>
internal sealed class LinesView(TextWriter output, string name, bool showsQr, TimeProvider time) : ILoginView
{
    /// <summary>Prints what the person has to do.</summary>
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
                foreach (var line in QrCode.Lines(complete))
                {
                    output.WriteLine($"  {Inverted(line)}");
                }

                output.WriteLine();
            }
        }

        output.WriteLine($"The code is good for {Wording.Roughly(authorization.ExpiresAt - time.GetUtcNow())}.");
    }

    /// <inheritdoc />
    public Task<T> ShowWhileAsync<T>(DeviceAuthorization authorization, Func<IDeviceLoginPrompt, Task<T>> poll)
    {
        PrintSteps(output, name, authorization, showsQr, time);
        string? last = null;
        return poll(new Progress(progress =>
        {
            var state = Wording.Of(progress);
            if (state != last)
            {
                output.WriteLine($"{state}.");
                last = state;
            }
        }));
    }

    // Most terminals are light on dark, and the modules of a QR code are dark on light; cameras read it the other way round, too.
    private static string Inverted(string line) => string.Create(line.Length, line, static (inverted, line) =>
    {
        for (var column = 0; column < line.Length; column++)
        {
            inverted[column] = line[column] switch { '█' => ' ', '▀' => '▄', '▄' => '▀', _ => '█' };
        }
    });
}
