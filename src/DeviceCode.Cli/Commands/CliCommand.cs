namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Cli.Terminal;
using DeviceCode.Cli.Tracing;
using DeviceCode.Client;

/// <summary>A command of <c>devicecode</c>.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(string name, string description, CommandEnvironment environment)
        : base(name, description) => SetAction(async (arguments, cancellationToken) =>
            (int)await RunAsync(new CommandContext(environment, arguments), cancellationToken));

    /// <summary>The examples of <c>--help</c>: command lines, and what they do.</summary>
    public abstract IReadOnlyList<(string CommandLine, string Effect)> Examples { get; }

    protected abstract Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken);
}

/// <summary>The options of every command.</summary>
internal static class CommonOptions
{
    public const string Profile = "--profile";

    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "print JSON for programs, one object per line, and nothing else on standard output",
        Recursive = true,
    };

    public static Option<bool> Verbose { get; } = new("--verbose", "-v")
    {
        Description = "print the HTTP requests and responses on standard error, with every secret masked",
        Recursive = true,
    };

    /// <summary>Creates the option for the profile, which completes the names of profiles.</summary>
    public static Option<string?> CreateProfile(CommandEnvironment environment)
    {
        var option = new Option<string?>(Profile, "-p")
        {
            Description = "the profile to use (default: DEVICECODE_PROFILE, the configured profile, else \"default\")",
            HelpName = "name",
            Recursive = true,
        };
        option.CompletionSources.Add(_ => new ProfileStore(Folders.Data(environment.Variable)).Names);
        return option;
    }
}

/// <summary>
/// The settings, stores and connections of one command. Each is created on first use, so that a command that needs no configuration works
/// with a broken one.
/// </summary>
internal sealed class CommandContext(CommandEnvironment environment, ParseResult arguments)
{
    private readonly string? _profile = arguments.GetValue<string?>(CommonOptions.Profile);

    public CommandEnvironment Environment => environment;

    public ParseResult Arguments => arguments;

    public bool IsJson { get; } = arguments.GetValue(CommonOptions.Json);

    public bool IsVerbose => Arguments.GetValue(CommonOptions.Verbose);

    public Settings Settings => field ??= new Settings(environment.Variable, ConfigFile.Load(Folders.ConfigFile(environment.Variable)));

    public ProfileStore Profiles => new(Folder);

    public string ProfileName => Settings.Profile(_profile);

    /// <summary>Whether the profile is named on the command line.</summary>
    public bool ProfileIsGiven => _profile is not null;

    public Transport Transport => field ??= environment.CreateTransport(CreateTrace(showsBodies: true));

    public SessionStore Sessions => new(Folder, storage => storage == TokenStorage.Keyring ? Keyring : Files);

    public FileSecretStore Files => new(Folder);

    public KeyringSecretStore Keyring => field ??= new(Folder, Environment.Variable, Notice);

    private string Folder
    {
        get
        {
            if (field is null)
            {
                field = Folders.Data(environment.Variable);
                foreach (var folder in new[] { field, Path.Combine(field, ProfileName) }.Where(PrivateFile.OthersCanWrite))
                {
                    Notice($"others can write to {folder}, and so replace what is stored there. If it is yours alone: chmod 700 {folder}");
                }
            }

            return field;
        }
    }

    /// <summary>Returns a wrapper of HTTP handlers that prints requests and responses; null without <c>--verbose</c>.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? CreateTrace(bool showsBodies) =>
        IsVerbose ? inner => new TraceHandler(inner, Environment.Error, Environment.Time, showsBodies) : null;

    /// <summary>Returns where to store a secret: as the command line or the settings say, else in the keyring if it works.</summary>
    /// <param name="given">The storage on the command line, if any.</param>
    /// <param name="previous">The storage of the secret that is replaced, if any.</param>
    /// <param name="cancellationToken">Stops waiting for the keyring.</param>
    /// <exception cref="CommandException">The keyring is necessary and cannot be used.</exception>
    public async Task<TokenStorage> ChooseStorageAsync(TokenStorage? given, TokenStorage? previous, CancellationToken cancellationToken)
    {
        var wanted = given ?? Settings.Storage;
        if (wanted == TokenStorage.File || (wanted is null or TokenStorage.Keyring && await Keyring.WorksAsync(cancellationToken)))
        {
            return wanted ?? TokenStorage.Keyring;
        }

        // Another storage would leave the tokens of the previous login behind, valid and forgotten.
        if (wanted is null && previous == TokenStorage.Keyring)
        {
            throw new KeyringException($"The keyring that contains the tokens of the profile \"{ProfileName}\" cannot be opened.");
        }

        if (wanted == TokenStorage.Keyring)
        {
            throw new CommandException(
                ExitCode.Usage, "There is no keyring, or it is locked.", "Unlock it, or use --storage file.");
        }

        return TokenStorage.File;
    }

    /// <summary>Explains that a secret will be stored in a file, unless the settings say so.</summary>
    public void NoticeFileStorage(string secret, string key)
    {
        if (Settings.Storage is null)
        {
            Notice(
                $"there is no working keyring, so {secret} will be stored unencrypted in {Files.PathOf(key)}, which only you can read.");
        }
    }

    /// <summary>Returns the store of a target's tokens.</summary>
    public TokenStore Tokens(TokenStorage storage, LoginTarget target) =>
        new(storage == TokenStorage.Keyring ? Keyring : Files, Folder, target.Issuer);

    /// <summary>Returns the client of a provider, with its client secret.</summary>
    public DeviceLogin LoginAt(LoginTarget.Provider provider)
    {
        var secret = Settings.ClientSecretFor(provider.EffectiveClientId, isFromCommandLine: false)
            ?? Settings.ReadClientSecret(provider.ClientSecretFile);
        NoticeUnusedSecret(provider, secret);
        return provider.ToLogin(secret, Transport);
    }

    /// <summary>Explains why a client secret in the environment is not used, if it is not known which client it belongs to.</summary>
    public void NoticeUnusedSecret(LoginTarget.Provider provider, string? secret)
    {
        if (secret is null && Settings.HasSecretOfUnknownClient)
        {
            Notice(
                "DEVICECODE_CLIENT_SECRET is not used, because it may belong to another client. If it belongs to this one: "
                + $"export DEVICECODE_CLIENT_ID={Printable.Line(provider.EffectiveClientId ?? "ID")}");
        }
    }

    /// <summary>Calls a function with the tokens of a profile.</summary>
    /// <exception cref="CommandException">The profile has no tokens.</exception>
    public async Task<T> WithTokensAsync<T>(string name, Profile profile, Func<StoredTokens, Task<T>> use)
    {
        if (profile is not { Target: LoginTarget.Provider provider, Storage: { } storage })
        {
            throw new CommandException(
                ExitCode.NotSignedIn,
                $"The profile \"{name}\" has no token, because it signed in without a client id.",
                $"Sign in as a client: devicecode login {(profile.Target as LoginTarget.Service)?.Address} --client-id ID");
        }

        var store = Tokens(storage, provider);
        try
        {
            return await use(new StoredTokens(LoginAt(provider), store, name)
            {
                OnNotStored = failed => Notice(
                    $"the new tokens cannot be stored: {Failure.Of(failed).Message} "
                    + "This access token is valid until it expires; then sign in again."),
            });
        }
        catch (OperationCanceledException)
        {
            // A refresh that has been sent has used up the old refresh token: wait for its lock, so that the new one is stored before the
            // process ends.
            await using var stored = await store.LockAsync(name, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Prints a result, as JSON for programs or as text.</summary>
    public void Print<T>(T result, JsonTypeInfo<T> type, Func<string> text) =>
        Environment.Output.WriteLine(IsJson ? JsonSerializer.Serialize(result, type) : text());

    /// <summary>Reads a secret from a file, or from standard input for <c>-</c>, without the line ends after it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="option">The option that names it.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="CommandException">The file cannot be read, or contains no secret.</exception>
    public async Task<string> ReadSecretAsync(string path, string option, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = await environment.ReadFileOrInputAsync(path, cancellationToken);
            var secret = Encoding.UTF8.GetString(UnicodeText.ToUtf8(bytes)).TrimEnd('\r', '\n');
            if (secret.Length > 0 && secret.All(letter => letter is >= ' ' and <= '~'))
            {
                return secret;
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"The token of {option} cannot be read from {path}.",
                "Use an existing file, or - for standard input.",
                unreadable);
        }

        throw new CommandException(
            ExitCode.Usage,
            $"The input of {option} is empty or contains characters other than visible ASCII.",
            "Put only the token into it.");
    }

    /// <summary>Prints a notice for the user on standard error, where programs do not take it for a result.</summary>
    public void Notice(string text) => Environment.Error.WriteLine($"notice: {text}");
}
