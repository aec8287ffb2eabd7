namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Profiles;
using DeviceCode.Cli.Settings;
using DeviceCode.Cli.Tokens;
using DeviceCode.Cli.Tracing;
using DeviceCode.Client;

/// <summary>What a command works with, made when it is needed: a command that needs no configuration works with a broken one.</summary>
internal sealed class CommandContext(Surroundings around, ParseResult arguments)
{
    private readonly string? _profile = arguments.GetValue(CommonOptions.Profile);

    /// <summary>Where the command runs.</summary>
    public Surroundings Around => around;

    /// <summary>The command line.</summary>
    public ParseResult Arguments => arguments;

    /// <summary>Whether programs read the output.</summary>
    public bool IsJson { get; } = arguments.GetValue(CommonOptions.Json);

    /// <summary>Whether what goes over the wire is printed.</summary>
    public bool IsVerbose => Arguments.GetValue(CommonOptions.Verbose);

    /// <summary>What is set outside of the command line.</summary>
    public Settings Settings => field ??= new Settings(around.Variable, ConfigFile.Load(Folders.ConfigFile(around.Variable)));

    /// <summary>The profiles.</summary>
    public ProfileStore Profiles => new(Folder);

    /// <summary>The name of the profile to use.</summary>
    public string ProfileName => Settings.Profile(_profile);

    /// <summary>Whether the command line names the profile to use.</summary>
    public bool ProfileIsGiven => _profile is not null;

    /// <summary>How servers are reached.</summary>
    public Connection Connection => field ??= around.Connect(Trace(showsBodies: true));

    private string Folder => field ??= Folders.Data(around.Variable);

    /// <summary>The file store, for those who tell where it is.</summary>
    public FileSecretStore Files => new(Folder);

    /// <summary>The keyring.</summary>
    public KeyringSecretStore Keyring => new(Folder, Around.Variable);

    /// <summary>What wraps handlers to print what goes over them; null without <c>--verbose</c>.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? Trace(bool showsBodies) =>
        IsVerbose ? inner => new TraceHandler(inner, Around.Error, Around.Time, showsBodies) : null;

    /// <summary>The tokens that are kept in a place.</summary>
    /// <param name="storage">The place.</param>
    /// <param name="target">Whose tokens.</param>
    public TokenStore Tokens(TokenStorage storage, LoginTarget target) => new(storage == TokenStorage.Keyring ? Keyring : Files, Folder, target.Issuer);

    /// <summary>Does something with the tokens of a profile, which are refreshed when they must be.</summary>
    /// <exception cref="CommandException">The profile has no tokens.</exception>
    public async Task<T> WithTokensAsync<T>(string name, Profile profile, Func<StoredTokens, Task<T>> use)
    {
        if (profile.Storage is not { } storage)
        {
            throw new CommandException(
                ExitCode.NotSignedIn,
                $"The profile {name} only knows who signed in; it has no token.",
                $"Sign in as a client: devicecode login {profile.Target.Service} --client-id ID");
        }

        var store = Tokens(storage, profile.Target);
        try
        {
            return await use(new StoredTokens(profile.Target.ToLogin(Settings.ClientSecret, Connection), store, name));
        }
        catch (OperationCanceledException)
        {
            // A refresh that is under way has spent the old refresh token: the process must not end before the new one is stored.
            await using var settled = await store.LockAsync(name, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Prints a result: JSON for programs, or text.</summary>
    public void Print<T>(T answer, JsonTypeInfo<T> type, Func<string> text) =>
        Around.Output.WriteLine(IsJson ? JsonSerializer.Serialize(answer, type) : text());

    /// <summary>Tells a person something; on standard error, so that no program reads it as a result.</summary>
    public void Notice(string text) => Around.Error.WriteLine($"notice: {text}");
}
