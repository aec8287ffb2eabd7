namespace DeviceCode.Cli;

using System.Diagnostics;
using DeviceCode.Client;

/// <summary>Everything around a command that a test needs to be somewhere else: streams, environment, clock, network, keyboard, other programs.</summary>
internal sealed class Surroundings
{
    /// <summary>Standard input.</summary>
    public required Stream Input { get; init; }

    /// <summary>Standard output, for results and nothing else.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>The bytes under <see cref="Output"/>, for what is no text of ours.</summary>
    public required Stream RawOutput { get; init; }

    /// <summary>Standard error, for everything that a person reads meanwhile.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Waits for a key and returns it, without showing it; null where nobody can press one.</summary>
    public Func<ConsoleKey>? ReadKey { get; init; }

    /// <summary>Columns and rows of the terminal, as of now.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = () => (80, 24);

    /// <summary>The value of an environment variable; null when it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Whether a file exists, for the files by which systems tell what they are.</summary>
    public Func<string, bool> FileExists { get; init; } = File.Exists;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What sends requests; null for a handler of the client library.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Starts another program.</summary>
    public Func<ProcessStartInfo, Process?> Start { get; init; } = Process.Start;

    /// <summary>The surroundings of this process.</summary>
    public static Surroundings OfThisProcess() => new()
    {
        Input = Console.OpenStandardInput(),
        Output = Console.Out,
        RawOutput = Console.OpenStandardOutput(),
        Error = Console.Error,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        ReadKey = Console.IsInputRedirected ? null : () => Console.ReadKey(intercept: true).Key,
        Size = SizeOfTerminal,
        Variable = Environment.GetEnvironmentVariable,
    };

    /// <summary>How servers are reached.</summary>
    /// <param name="trace">Wraps the handler, to see what goes over it; null to leave it alone.</param>
    public Connection Connect(Func<HttpMessageHandler, HttpMessageHandler>? trace)
    {
        var handler = Handler ?? Connection.Default.Handler;
        return new Connection
        {
            Handler = trace?.Invoke(handler) ?? handler,
            TimeProvider = Time,
            UserAgent = $"devicecode/{typeof(Surroundings).Assembly.GetName().Version?.ToString(3)}",
        };
    }

    private static (int Width, int Height) SizeOfTerminal()
    {
        try
        {
            // Zero is what some terminals without a window say.
            return (Console.WindowWidth, Console.WindowHeight) is ({ } width and > 0, { } height and > 0) ? (width, height) : (80, 24);
        }
        catch (IOException)
        {
            return (80, 24);
        }
    }
}
