namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Profiles;
using DeviceCode.Cli.Settings;
using DeviceCode.Cli.Terminal;

/// <summary><c>devicecode status</c>: the profiles and their tokens, without asking anybody.</summary>
internal sealed class StatusCommand(Surroundings around)
    : CliCommand("status", "Show who is signed in where, and how long the tokens are good.", around)
{
    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode status", "all profiles; the one in use has a star"),
        ("devicecode status -p work || devicecode login -p work", "sign in when one is not: the exit code tells"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var current = context.ProfileName;
        var names = context.ProfileIsGiven ? context.Profiles.Names.Where(name => name == current) : context.Profiles.Names;
        var all = new List<ProfileStatus>();
        foreach (var name in names)
        {
            try
            {
                if (context.Profiles.Load(name) is { } profile)
                {
                    all.Add(await LookAsync(context, name, profile, isDefault: name == current, cancellationToken));
                }
            }
            catch (CommandException damaged) when (name != current)
            {
                // One that is not in use must not hide the others.
                context.Notice($"{damaged.Message} {damaged.Fix}");
            }
        }

        foreach (var status in all)
        {
            context.Print(status, CliJson.Default.ProfileStatus, () => Describe(status, context.Around.Time.GetUtcNow()));
        }

        var used = all.Find(status => status.Profile == current);
        if (used is null)
        {
            context.Profiles.Require(current);
        }

        return used!.State != "signed_out" ? ExitCode.Ok : throw new CommandException(
            ExitCode.NotSignedIn, $"The profile {current} is not signed in any more.", $"Sign in again: devicecode login --profile {current}");
    }

    private static async Task<ProfileStatus> LookAsync(CommandContext context, string name, Profile profile, bool isDefault, CancellationToken cancellationToken)
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
                : tokens.ExpiresAt is null || tokens.ExpiresAt > context.Around.Time.GetUtcNow() ? "valid"
                : tokens.RefreshToken is null || tokens.RefreshTokenExpiresAt <= context.Around.Time.GetUtcNow() ? "signed_out"
                : "expired",
            ExpiresAt = tokens?.ExpiresAt,
            IsRenewable = tokens?.RefreshToken is not null,
            Scope = tokens?.Scope,
            Storage = storage == TokenStorage.Keyring ? "keyring" : context.Files.PathOf(name),
        };
    }

    private static string Describe(ProfileStatus status, DateTimeOffset now)
    {
        var token = status.State switch
        {
            "identity" => "Only who signed in is known; there is no token.",
            "expired" => "The access token has ended; the next command renews it.",
            "signed_out" => "There is no token that is good any more: sign in again.",
            _ when status.ExpiresAt is null => "The access token does not end by itself.",
            _ => $"The access token is good for {Wording.Roughly(status.ExpiresAt.Value - now)}{(status.IsRenewable == true ? ", then it is renewed" : "")}.",
        };
        List<string?> lines =
        [
            $"{(status.IsDefault ? "*" : " ")} {status.Profile}: {Printable.Line(status.Provider)}{(status.User is null ? "" : $", {status.User}")}",
            $"    {token}",
            status.Scope is null ? null : $"    Scope: {Printable.Line(status.Scope)}",
            status.Storage is null ? null : $"    Tokens: {(status.Storage == "keyring" ? "in the keyring" : status.Storage)}",
            status.ApiKeysUrl is null ? null : $"    API keys: {Printable.Address(status.ApiKeysUrl)}",
        ];
        return string.Join('\n', lines.OfType<string>());
    }
}
