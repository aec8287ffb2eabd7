namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary><c>devicecode login</c>: requests a code, shows it, and polls.</summary>
internal sealed class LoginCommand : CliCommand
{
    private readonly LoginArguments _arguments = new();

    public LoginCommand(CommandEnvironment environment)
        : base("login", "Sign in with a code that you approve in a browser, on any machine.", environment) => _arguments.AddTo(this);

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("devicecode login https://login.example.com", "sign in without tokens, and print the URL of your API keys"),
        ("devicecode login https://login.example.com --client-id cli --scope \"profile offline_access\"", "get tokens by discovery"),
        ("devicecode login microsoft:contoso.com --client-id ID -p work", "use a built-in provider, and the profile \"work\""),
        ("devicecode login github --client-id ID --no-wait --json > login.json; devicecode login --resume login.json", "use two steps"),
    ];

    /// <inheritdoc />
    protected override async Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var options = _arguments.Parse(context.Arguments, context.IsJson);
        var pending = options.Resume is null ? null : PendingLogin.Parse(await ReadAsync(context, options.Resume, cancellationToken));
        var profile = pending is null || context.ProfileIsGiven ? context.ProfileName : context.Settings.Profile(pending.Profile);
        var pendingFile = pending is not null && context.Profiles.IsPending(pending.Profile, options.Resume!) ? options.Resume : null;
        var target = FindTarget(context, options, profile, pending, isOwnFile: pendingFile is not null);
        if (options.NoWait)
        {
            await RequestAndSaveAsync(context, options, profile, target, cancellationToken);
            return ExitCode.Ok;
        }

        var previous = new PreviousLogin(context, profile);
        TokenStorage? storage =
            target is LoginTarget.Provider ? await context.ChooseStorageAsync(options.Storage, previous.Storage, cancellationToken) : null;
        await context.Profiles.ProveAsync(profile, storage == TokenStorage.File ? context.Files : null, cancellationToken);
        var flow = CreateFlow(context, options, profile, target, storage, previous.LoadTokensAsync, isOwnFile: pendingFile is not null);
        if (storage == TokenStorage.File && previous.Storage != storage && options.Storage is null)
        {
            // Before the login, so that the user can still decide against it.
            context.NoticeFileStorage("the tokens", profile);
        }

        using var timeout = new CancellationTokenSource(options.Timeout ?? Timeout.InfiniteTimeSpan, context.Environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        Profile signedIn;
        try
        {
            var authorization = pending?.Authorization ?? await flow.RequestAsync(either.Token);
            signedIn = await FinishAsync(context, options, flow, authorization, pendingFile, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException(
                ExitCode.Expired,
                $"The login was not approved within {Wording.Roughly(options.Timeout!.Value)}.",
                "Sign in again, with a longer --timeout or none.");
        }

        DeletePending(context, pendingFile);
        try
        {
            PrintResult(context, profile, signedIn);
        }
        catch
        {
            context.Notice("the login is complete and stored, but its result cannot be printed.");
            throw;
        }
        finally
        {
            await previous.EndAsync(signedIn, cancellationToken);
        }

        return ExitCode.Ok;
    }

    // The first step of a login in two.
    private static async Task RequestAndSaveAsync(
        CommandContext context, LoginOptions options, string profile, LoginTarget target, CancellationToken cancellationToken)
    {
        if (!context.IsJson)
        {
            await context.Profiles.ProveAsync(profile, secrets: null, cancellationToken);
        }

        var flow = CreateFlow(context, options, profile, target, storage: null, beforeStoring: () => Task.CompletedTask);
        var authorization = await flow.RequestAsync(cancellationToken);
        SavePending(context, options, new PendingLogin { Profile = profile, Target = flow.Target, Authorization = authorization });
    }

    private LoginTarget FindTarget(CommandContext context, LoginOptions options, string profile, PendingLogin? pending, bool isOwnFile)
    {
        if (pending is null)
        {
            var target = options.FindTarget(context.Settings, profile, () => context.Profiles.Load(profile)?.Target);
            if (target is LoginTarget.Service service)
            {
                _arguments.RejectClientOptions(context.Arguments, service);
            }

            return target;
        }

        // The author of a foreign file decides which server receives the secret, so the file must not name the secret, too.
        return pending.Target is LoginTarget.Provider provider && !isOwnFile
            ? provider with { ClientSecretFile = options.FindClientSecretFile(context.Settings, provider) }
            : pending.Target;
    }

    private static LoginFlow CreateFlow(
        CommandContext context,
        LoginOptions options,
        string profile,
        LoginTarget target,
        TokenStorage? storage,
        Func<Task> beforeStoring,
        bool isOwnFile = false) => target switch
        {
            LoginTarget.Service service => new ServiceFlow(service)
            {
                Profile = profile,
                Profiles = context.Profiles,
                Transport = context.Transport,
                BeforeStoring = beforeStoring,
            },
            LoginTarget.Provider provider => new ProviderFlow(provider)
            {
                Profile = profile,
                Profiles = context.Profiles,
                Transport = context.Transport,
                ClientSecret = FindClientSecret(context, options, provider, isOwnFile),
                Storage = storage,
                Tokens = context.Tokens,
                BeforeStoring = beforeStoring,
            },
            _ => throw new InvalidOperationException(),
        };

    private static string? FindClientSecret(
        CommandContext context, LoginOptions options, LoginTarget.Provider provider, bool isOwnFile)
    {
        var secret = options.FindClientSecret(context.Settings, provider, isOwnFile);
        context.NoticeUnusedSecret(provider, secret);
        return secret;
    }

    private static async Task<Profile> FinishAsync(
        CommandContext context,
        LoginOptions options,
        LoginFlow flow,
        DeviceAuthorization authorization,
        string? pendingFile,
        CancellationToken cancellationToken)
    {
        try
        {
            return await flow.FinishAsync(
                authorization, options.View.CreateView(context, flow.Target.Name, authorization), cancellationToken);
        }
        catch (DeviceLoginException failure) when (
            failure.Failure is DeviceLoginFailure.Denied or DeviceLoginFailure.Expired or DeviceLoginFailure.InvalidCode)
        {
            DeletePending(context, pendingFile);
            throw;
        }
    }

    // Once the login is decided, its codes are useless. Only the file of --no-wait is deleted; other files belong to the user.
    private static void DeletePending(CommandContext context, string? pendingFile)
    {
        try
        {
            if (pendingFile is not null)
            {
                PrivateFile.Delete(pendingFile);
            }
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            context.Notice($"{pendingFile} cannot be deleted. The codes in it are no longer valid.");
        }
    }

    private static void SavePending(CommandContext context, LoginOptions options, PendingLogin login)
    {
        var (output, time) = (context.Environment.Output, context.Environment.Time);
        if (context.IsJson)
        {
            EventsView.Print(output, EventsView.CodeEvent(login.Authorization, time) with { Resume = login });
            return;
        }

        var file = context.Profiles.SavePending(login);
        try
        {
            PrintPending(context, options, login, file);
        }
        catch
        {
            // The user has not seen the code, so the login cannot be completed.
            PrivateFile.Delete(file);
            throw;
        }
    }

    private static void PrintPending(CommandContext context, LoginOptions options, PendingLogin login, string file)
    {
        options.View.PrintSteps(context, login.Target.Name, login.Authorization);
        context.Environment.Output.WriteLine($"Then run: devicecode login --resume {file}");
    }

    private static void PrintResult(CommandContext context, string profile, Profile signedIn)
    {
        var output = context.Environment.Output;
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

        var mark = context.Environment is { OutputIsTerminal: true, HasColour: true, HasUnicode: true } ? "\e[32m✓\e[0m " : "";
        var user = signedIn.User is null ? "" : $" as {signedIn.User}";
        output.WriteLine($"{mark}Signed in to {Printable.Line(signedIn.Target.Name)}{user}.");
        if (signedIn.ApiKeysUrl is { } keys)
        {
            output.WriteLine($"Your API keys: {Printable.Address(keys)}");
        }
    }

    private static async Task<byte[]> ReadAsync(CommandContext context, string file, CancellationToken cancellationToken)
    {
        try
        {
            return await context.Environment.ReadFileOrInputAsync(file, cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"The pending login cannot be read from {file}.",
                "Use the file that --no-wait named. The file is deleted when the login ends.",
                unreadable);
        }
    }
}
