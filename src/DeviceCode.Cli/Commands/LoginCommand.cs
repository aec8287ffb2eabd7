namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Profiles;
using DeviceCode.Cli.Settings;
using DeviceCode.Cli.Terminal;
using DeviceCode.Cli.Tokens;
using DeviceCode.Client;

/// <summary><c>devicecode login</c>: request, show, poll.</summary>
internal sealed class LoginCommand : CliCommand
{
    private readonly LoginArguments _arguments = new();

    /// <summary>The command.</summary>
    public LoginCommand(Surroundings around)
        : base("login", "Sign in with a code that you approve in a browser, on any machine.", around) => _arguments.AddTo(this);

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode login https://login.example.com", "learn who signs in, and where their API keys are"),
        ("devicecode login https://login.example.com --client-id cli --scope \"profile offline_access\"", "get tokens, by discovery"),
        ("devicecode login microsoft:contoso.com --client-id ID -p work", "a provider by name, kept as the profile \"work\""),
        ("devicecode login github --client-id ID --no-wait --json > login.json; devicecode login --resume login.json", "in two steps, for programs"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        _arguments.RefuseContradictions(context);
        var (resume, noWait) = (_arguments.Resume(context), _arguments.IsNoWait(context));
        var pending = resume is null ? null : PendingLogin.Parse(await ReadAsync(context, resume, cancellationToken));
        var profile = pending is null || context.ProfileIsGiven ? context.ProfileName : context.Settings.Profile(pending.Profile);
        var target = pending?.Target ?? _arguments.Target(context, profile);
        if (pending is null)
        {
            _arguments.RefuseWithoutClient(context, target);
        }

        var ours = pending is not null && Path.GetFullPath(resume!) == context.Profiles.PathOfPending(pending.Profile) ? resume : null;
        if (pending is not null && ours is null)
        {
            // Whoever wrote a file says where to send a secret, and must not say which.
            target = target with { ClientSecretFile = _arguments.ClientSecretFile(context, profile) };
        }

        var flow = target.Service is not null
            ? (LoginFlow)new ServiceFlow(context, target)
            : new ProviderFlow(context, target, profile, _arguments.ClientSecret(context, target), noWait ? default : Storage(context));

        if (noWait)
        {
            var asked = await flow.RequestAsync(cancellationToken);
            Leave(context, new PendingLogin { Profile = profile, Target = flow.Target, Authorization = asked });
            return ExitCode.Ok;
        }

        context.Profiles.Prepare(profile);
        var before = context.Profiles.LoadUnlessDamaged(profile);
        var authorization = pending?.Authorization ?? await flow.RequestAsync(cancellationToken);
        var signedIn = await FinishAsync(context, flow, authorization, ours, cancellationToken);
        context.Profiles.Save(profile, signedIn);
        Forget(context, ours);
        Tell(context, profile, signedIn);
        await MoveAsync(context, profile, before, signedIn.Storage);
        return ExitCode.Ok;
    }

    private async Task<Profile> FinishAsync(CommandContext context, LoginFlow flow, DeviceAuthorization authorization, string? pending, CancellationToken cancellationToken)
    {
        try
        {
            return await flow.FinishAsync(authorization, View(context, flow.Target.Name, authorization), cancellationToken);
        }
        catch (DeviceLoginException over) when (over.Failure is DeviceLoginFailure.Denied or DeviceLoginFailure.Expired or DeviceLoginFailure.InvalidCode)
        {
            Forget(context, pending);
            throw;
        }
    }

    // A code that is decided is of no more use to anybody. Only the file that --no-wait has written: others are their owners'.
    private static void Forget(CommandContext context, string? pending)
    {
        try
        {
            if (pending is not null)
            {
                PrivateFile.Delete(pending);
            }
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            context.Notice($"{pending} cannot be deleted; what is in it is of no more use.");
        }
    }

    private TokenStorage Storage(CommandContext context) => _arguments.Storage(context) switch
    {
        TokenStorage.Keyring when !context.Keyring.Works() => throw new CommandException(
            ExitCode.Usage, "There is no keyring here, or it is locked.", "Unlock it, or use --storage file."),
        { } wanted => wanted,
        null => context.Keyring.Works() ? TokenStorage.Keyring : TokenStorage.File,
    };

    private ILoginView View(CommandContext context, string name, DeviceAuthorization authorization)
    {
        var around = context.Around;
        if (context.IsJson)
        {
            return new EventsView(around.Output, around.Time);
        }

        var copied = _arguments.Copies(context) && Copy(context, authorization.UserCode);
        var kind = new TerminalKind(around);

        // A trace is lines, and goes to the same place.
        return kind.IsLive && !context.IsVerbose
            ? new ScreenView(around, name, _arguments.WantsBrowser(context) ? Browser.Find(around) : null, _arguments.WantsQr(context) ?? kind.HasColour, copied)
            : new LinesView(around.Error, name, _arguments.WantsQr(context) ?? false, around.Time);
    }

    private static bool Copy(CommandContext context, string code)
    {
        if (!context.Around.ErrorIsTerminal)
        {
            context.Notice("the code is not on the clipboard: there is no terminal to put it there.");
            return false;
        }

        context.Around.Error.Write(Clipboard.Sequence(Printable.Line(code)));
        return true;
    }

    private void Leave(CommandContext context, PendingLogin login)
    {
        var (output, time) = (context.Around.Output, context.Around.Time);
        if (context.IsJson)
        {
            EventsView.Print(output, EventsView.CodeEvent(login.Authorization, time) with { Resume = login });
            return;
        }

        var file = context.Profiles.Keep(login);
        LinesView.PrintSteps(output, login.Target.Name, login.Authorization, _arguments.WantsQr(context) ?? false, time);
        if (_arguments.Copies(context))
        {
            Copy(context, login.Authorization.UserCode);
        }

        output.WriteLine($"Then: devicecode login --resume {file}");
    }

    // Says once that there is no keyring, and leaves no old tokens behind where there is one by now.
    private async Task MoveAsync(CommandContext context, string profile, Profile? before, TokenStorage? now)
    {
        if (now == TokenStorage.File && before?.Storage != now && _arguments.Storage(context) is null)
        {
            context.Notice($"no keyring answers here, so the tokens are in {context.Files.PathOf(profile)}, which only you can read.");
        }

        if (before is { Storage: { } old } && old != now)
        {
            try
            {
                await context.Tokens(old, before.Target).DeleteAsync(profile, CancellationToken.None);
            }
            catch (CommandException)
            {
                context.Notice("the keyring does not answer, so the tokens of the login before are still in it.");
            }
        }
    }

    private static void Tell(CommandContext context, string profile, Profile signedIn)
    {
        var output = context.Around.Output;
        if (context.IsJson)
        {
            EventsView.Print(output, new LoginEvent
            {
                Event = "complete",
                Profile = profile,
                Provider = signedIn.Target.Name,
                User = signedIn.User,
                ApiKeysUrl = signedIn.ApiKeysUrl?.AbsoluteUri,
            });
            return;
        }

        var mark = context.Around.OutputIsTerminal && new TerminalKind(context.Around).HasColour ? "\e[32m✓\e[0m " : "";
        output.WriteLine($"{mark}Signed in to {Printable.Line(signedIn.Target.Name)}{(signedIn.User is null ? "" : $" as {signedIn.User}")}.");
        if (signedIn.ApiKeysUrl is { } keys)
        {
            output.WriteLine($"Your API keys: {Printable.Address(keys)}");
        }
    }

    private static async Task<byte[]> ReadAsync(CommandContext context, string file, CancellationToken cancellationToken)
    {
        if (file == "-")
        {
            using var buffer = new MemoryStream();
            // A read of a terminal does not hear of it.
            await context.Around.Input.CopyToAsync(buffer, cancellationToken).WaitAsync(cancellationToken);
            return buffer.ToArray();
        }

        try
        {
            return await File.ReadAllBytesAsync(file, cancellationToken);
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"The login cannot be read from {file}.", "Name the file that --no-wait has printed; a login that has ended has none.", missing);
        }
    }
}
