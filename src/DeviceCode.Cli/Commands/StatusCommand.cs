namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Terminal;

/// <summary><c>devicecode status</c>: lists the profiles and their tokens, without sending a request.</summary>
internal sealed class StatusCommand(CommandEnvironment environment)
    : CliCommand("status", "Show the profiles, their users and the expiry of their tokens.", environment)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode status", "list all profiles; a star marks the current one"),
        ("devicecode status -p work || devicecode login -p work", "sign in if the profile is not signed in"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var current = context.ProfileName;
        var names = context.ProfileIsGiven ? context.Profiles.Names.Where(name => name == current) : context.Profiles.Names;
        var all = new List<ProfileStatus>();
        Exception? failure = null;
        foreach (var name in names)
        {
            try
            {
                if (context.Profiles.Load(name) is { } profile)
                {
                    all.Add(await ReadAsync(context, name, profile, isDefault: name == current, cancellationToken));
                }
            }
            catch (Exception damaged) when (damaged is CommandException or IOException or UnauthorizedAccessException)
            {
                // A damaged profile must not hide the others.
                if (name == current)
                {
                    failure = damaged;
                }
                else
                {
                    var reason = Failure.Of(damaged);
                    context.Notice($"{reason.Message} {reason.Fix}");
                }
            }
        }

        foreach (var status in all)
        {
            context.Print(status, CommandsJson.Default.ProfileStatus, () => Describe(status, context.Environment.Time.GetUtcNow()));
        }

        if (failure is not null)
        {
            throw failure;
        }

        var used = all.Find(status => status.Profile == current);
        if (used is null)
        {
            context.Profiles.Require(current);
        }

        return used!.State != "signed_out" ? ExitCode.Ok : throw new CommandException(
            ExitCode.NotSignedIn,
            $"The profile \"{current}\" is no longer signed in.",
            $"Sign in again: devicecode login --profile {current}");
    }

    private static async Task<ProfileStatus> ReadAsync(
        CommandContext context, string name, Profile profile, bool isDefault, CancellationToken cancellationToken)
    {
        var status = new ProfileStatus
        {
            Profile = name,
            IsDefault = isDefault,
            Provider = profile.Target.Name,
            User = profile.User,
            State = "identity",
            SignedInAt = profile.SignedInAt,
            ApiKeysUrl = profile.ApiKeysUrl,
        };
        if (profile.Storage is not { } storage)
        {
            return status;
        }

        var tokens = await context.Tokens(storage, profile.Target).LoadAsync(name, cancellationToken);
        return status with
        {
            State = tokens is null ? "signed_out"
                : tokens.ExpiresAt is null || tokens.ExpiresAt > context.Environment.Time.GetUtcNow() ? "valid"
                : tokens.RefreshToken is null || tokens.RefreshTokenExpiresAt <= context.Environment.Time.GetUtcNow() ? "signed_out"
                : "expired",
            ExpiresAt = tokens?.ExpiresAt,
            IsRenewable = tokens?.RefreshToken is not null,
            Scope = tokens?.Scope,
            Storage = storage == TokenStorage.Keyring ? "keyring" : context.Files.PathOf(name),
        };
    }

    private static string Describe(ProfileStatus status, DateTimeOffset now)
    {
        var refresh = status.IsRenewable == true ? ", then it is refreshed" : "";
        var token = status.State switch
        {
            "identity" => "There is no token, because the login was without a client id.",
            "expired" => "The access token has expired; the next command refreshes it.",
            "signed_out" => "There is no valid token: sign in again.",
            _ when status.ExpiresAt is null => "The access token does not expire.",
            _ => $"The access token is valid for {Wording.Roughly(status.ExpiresAt.Value - now)}{refresh}.",
        };
        var user = status.User is null ? "" : $", {status.User}";
        List<string?> lines =
        [
            $"{(status.IsDefault ? "*" : " ")} {status.Profile}: {Printable.Line(status.Provider)}{user}",
            $"    {token}",
            status.Scope is null ? null : $"    Scope: {Printable.Line(status.Scope)}",
            status.Storage is null ? null : $"    Tokens: {(status.Storage == "keyring" ? "in the keyring" : status.Storage)}",
            status.ApiKeysUrl is null ? null : $"    API keys: {Printable.Address(status.ApiKeysUrl)}",
        ];
        return string.Join('\n', lines.OfType<string>());
    }
}

/// <summary>One line of <c>devicecode status --json</c>.</summary>
internal sealed record ProfileStatus
{
    public required string Profile { get; init; }

    /// <summary>Whether commands use this profile when none is named.</summary>
    public required bool IsDefault { get; init; }

    /// <summary>The name of the target.</summary>
    public required string Provider { get; init; }

    public Person? User { get; init; }

    /// <summary>
    /// <c>identity</c> (there is no token), <c>valid</c>, <c>expired</c> (a refresh is possible), or <c>signed_out</c> (a login is
    /// necessary).
    /// </summary>
    public required string State { get; init; }

    /// <summary>The time at which the access token expires; omitted when it does not expire or the server sent no lifetime.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whether there is a refresh token.</summary>
    public bool? IsRenewable { get; init; }

    /// <summary>The granted scopes.</summary>
    public string? Scope { get; init; }

    /// <summary><c>keyring</c> or the path of the file; left out when there is no token.</summary>
    public string? Storage { get; init; }

    public required DateTimeOffset SignedInAt { get; init; }

    public Uri? ApiKeysUrl { get; init; }
}
