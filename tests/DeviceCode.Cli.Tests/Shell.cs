namespace DeviceCode.Cli.Tests;

using System.Diagnostics;
using System.Text;
using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Running;
using DeviceCode.Testing;

/// <summary>
/// Runs commands in the test's process and in virtual time, with an empty environment, a folder of its own and no terminal.
/// </summary>
internal sealed class Shell : IDisposable
{
    public Shell(FakeProvider? provider = null)
    {
        Provider = provider ?? new FakeProvider();
        Folder = Directory.CreateTempSubdirectory("devicecode-cli-").FullName;
        Environment["DEVICECODE_DATA"] = Data;
        Environment["DEVICECODE_CONFIG"] = ConfigFile;
        if (!OperatingSystem.IsLinux())
        {
            // Never the keyring of the person who runs the tests. On Linux there is none without a session bus.
            Environment["DEVICECODE_STORAGE"] = "file";
        }

        Configure("{}");
    }

    public FakeProvider Provider { get; }

    public string Folder { get; }

    public string Data => Path.Combine(Folder, "data");

    public string ConfigFile => Path.Combine(Folder, "config.json");

    public Dictionary<string, string> Environment { get; } = [];

    public HashSet<string> Files { get; } = [];

    public ManualTime Time { get; } = new();

    public bool IsTerminal { get; set; }

    public (int Width, int Height) Size { get; set; } = (80, 24);

    public Func<ConsoleKey>? ReadKey { get; set; }

    public byte[] Input { get; set; } = [];

    /// <summary>Replaces <see cref="Input"/> where it matters how the stream is read.</summary>
    public Stream? InputStream { get; set; }

    public List<ProcessStartInfo> Started { get; } = [];

    public Func<ProcessStartInfo, Process?>? Start { get; set; }

    public CancellationToken CancellationToken { get; set; }

    public ProfileStore Profiles => new(Data);

    public FileSecretStore Secrets => new(Data);

    public SessionStore Sessions => new(Data, _ => Secrets);

    public TokenStore Tokens => new(Secrets, Data, Profiles.LoadUnlessDamaged("default")?.Target.Issuer ?? "https://as.example/token");

    public void Configure(string json) => File.WriteAllText(ConfigFile, json);

    /// <summary>Runs a command, and advances the time whenever it waits.</summary>
    public Task<Run> RunAsync(params string[] args) => Task.Run(async () =>
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var raw = new MemoryStream();
        var command = new CommandLine(CreateEnvironment(output, error, raw)).RunAsync(args, CancellationToken);
        while (!command.IsCompleted)
        {
            if (!Time.AdvanceToNext())
            {
                Thread.Yield();
            }
        }

        return new Run(await command, output + Encoding.UTF8.GetString(raw.ToArray()), error.ToString());
    });

    public CommandEnvironment CreateEnvironment(TextWriter output, TextWriter error, Stream raw) => new()
    {
        Input = InputStream ?? new MemoryStream(Input),
        Output = output,
        RawOutput = raw,
        Error = error,
        OutputIsTerminal = IsTerminal,
        ErrorIsTerminal = IsTerminal,
        ReadKey = ReadKey,
        Size = () => Size,
        Variable = Environment.GetValueOrDefault,
        FileExists = Files.Contains,
        Time = Time,
        Handler = Provider,
        Start = start =>
        {
            Started.Add(start);
            return Start?.Invoke(start);
        },
    };

    public void Dispose()
    {
        Provider.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
