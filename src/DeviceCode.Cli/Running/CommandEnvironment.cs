namespace DeviceCode.Cli.Running;

using System.Diagnostics;
using DeviceCode.Client;

/// <summary>
/// The parts of the process that a command uses and tests replace: streams, environment variables, clock, network, keyboard, programs.
/// </summary>
internal sealed class CommandEnvironment
{
    // Files that Docker and Podman put into every container.
    private static readonly string[] ContainerMarks = ["/.dockerenv", "/run/.containerenv"];

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    public required Stream Input { get; init; }

    /// <summary>Standard output, for results only.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>The stream below <see cref="Output"/>, for bytes that must not be re-encoded.</summary>
    public required Stream RawOutput { get; init; }

    /// <summary>Standard error, for everything that is not a result.</summary>
    public required TextWriter Error { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Returns whether <see cref="Error"/> discards its text. Call it after printing.</summary>
    public Func<bool> ErrorIsDiscarded { get; init; } = () => false;

    /// <summary>Opens the terminal that the process belongs to, wherever its streams lead; null when there is none.</summary>
    public Func<TextWriter?> OpenTerminal { get; init; } = () => null;

    /// <summary>Returns whether the process is in the foreground of the terminal, so that it may draw there and read keys.</summary>
    public Func<bool> IsForeground { get; init; } = () => true;

    /// <summary>
    /// Registers an action for the time before Ctrl-Z stops the process, and one for the time after it continues; null without job control.
    /// </summary>
    public Func<Action, Action, IReadOnlyList<IDisposable>>? OnSuspension { get; init; }

    /// <summary>Waits for a key and returns it without echo; null when there is no keyboard.</summary>
    public Func<ConsoleKey>? ReadKey { get; init; }

    /// <summary>Returns the current size of the terminal in columns and rows.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = () => (80, 24);

    /// <summary>Returns the value of an environment variable; null when it is not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    public Func<string, bool> FileExists { get; init; } = File.Exists;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The HTTP handler; null for the client library's own.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Starts another program.</summary>
    public Func<ProcessStartInfo, Process?> Start { get; init; } = Process.Start;

    /// <summary>Whether standard error is a terminal on which a screen can be redrawn, and not a log or in use by another job.</summary>
    public bool IsLive => ErrorIsTerminal && !IsDumb && !IsContinuousIntegration && HasUnicode && IsForeground();

    /// <summary>
    /// Whether the locale can show more than ASCII: the first of <c>LC_ALL</c>, <c>LC_CTYPE</c> and <c>LANG</c> that is set names UTF-8. If
    /// none is set, as in many containers, the terminal decides, and nearly all terminals can.
    /// </summary>
    public bool HasUnicode =>
        OperatingSystem.IsWindows()
        || LocaleVariables.Select(Variable).FirstOrDefault(locale => locale is { Length: > 0 }) is not { } locale
        || locale.Replace("-", "", StringComparison.Ordinal).Contains("UTF8", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the user wants colour: https://no-color.org.</summary>
    public bool HasColour => !Has("NO_COLOR") && !IsDumb;

    /// <summary>Whether the user sits at another machine, or there is no user.</summary>
    public bool IsRemote => Has("SSH_CONNECTION") || Has("SSH_TTY") || Has("SSH_CLIENT") || IsContainer || IsContinuousIntegration;

    private bool IsDumb => Variable("TERM") == "dumb";

    private bool IsContinuousIntegration =>
        Variable("CI") is not (null or "" or "0" or "false") || Has("TF_BUILD") || Has("TEAMCITY_VERSION") || Has("JENKINS_URL");

    private bool IsContainer => Has("container") || Has("KUBERNETES_SERVICE_HOST") || ContainerMarks.Any(FileExists);

    /// <summary>Returns the environment of this process.</summary>
    public static CommandEnvironment OfThisProcess()
    {
        StandardStreams.Find();
        var (output, raw) = StandardStreams.Output();
        return new()
        {
            Input = StandardStreams.Input(),
            Output = output,
            RawOutput = raw,
            Error = StandardStreams.Error(),
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            ErrorIsDiscarded = StandardStreams.ErrorIsDiscarded,
            OpenTerminal = StandardStreams.OpenTerminal,
            IsForeground = OperatingSystem.IsWindows() ? () => true : Posix.IsForeground,
            OnSuspension = OperatingSystem.IsWindows() ? null : Posix.OnSuspension,
            Start = OperatingSystem.IsWindows() ? Process.Start : Posix.StartDetached,
            ReadKey = Console.IsInputRedirected ? null : () => Console.ReadKey(intercept: true).Key,
            Size = SizeOfTerminal,
            Variable = Environment.GetEnvironmentVariable,
        };
    }

    /// <summary>Returns whether an environment variable is set and not empty.</summary>
    public bool Has(string variable) => Variable(variable) is { Length: > 0 };

    /// <summary>Creates the transport of the client library.</summary>
    /// <param name="trace">Wraps the handler to print requests and responses; null for no trace.</param>
    public Transport CreateTransport(Func<HttpMessageHandler, HttpMessageHandler>? trace)
    {
        var handler = Handler ?? Transport.Default.Handler;
        return new Transport
        {
            Handler = trace?.Invoke(handler) ?? handler,
            TimeProvider = Time,
            UserAgent = $"devicecode/{typeof(CommandEnvironment).Assembly.GetName().Version?.ToString(3)}",
        };
    }

    /// <summary>Reads a whole file, or standard input for <c>-</c>.</summary>
    /// <exception cref="IOException">The file cannot be read; or <see cref="UnauthorizedAccessException"/>.</exception>
    public async Task<byte[]> ReadFileOrInputAsync(string path, CancellationToken cancellationToken)
    {
        // Unlike a pipe, a file with a length does not block, so there is nothing to cancel.
        if (path is not ("-" or "") && new FileInfo(path) is { Exists: true, Length: > 0 })
        {
            return File.ReadAllBytes(path);
        }

        using var buffer = new MemoryStream();
        await using var file = path switch
        {
            "-" => null,
            "" => throw new FileNotFoundException("The path is empty."),
            _ => File.OpenRead(path),
        };

        // Reading a terminal ignores the cancellation token, so stop waiting for it instead.
        await (file ?? Input).CopyToAsync(buffer, cancellationToken).WaitAsync(cancellationToken);
        return buffer.ToArray();
    }

    private static (int Width, int Height) SizeOfTerminal()
    {
        try
        {
            // Some terminals without a window report zero.
            return (Console.WindowWidth, Console.WindowHeight) is ({ } width and > 0, { } height and > 0) ? (width, height) : (80, 24);
        }
        catch (IOException)
        {
            return (80, 24);
        }
    }
}
