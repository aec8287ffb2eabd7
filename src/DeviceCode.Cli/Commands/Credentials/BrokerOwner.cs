namespace DeviceCode.Cli.Commands.Credentials;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

/// <summary>The owner of the credentials that a command works with, and the service that keeps them.</summary>
/// <param name="Service">The URL of the service.</param>
internal abstract record BrokerOwner(Uri Service)
{
    private const string ScopeName = "creds";

    /// <summary>The name of the service shown to the user.</summary>
    public string ServiceName => Service.Authority;

    /// <summary>
    /// Finds the owner: the profile's login if its tokens have the scope <c>creds</c>, else the profile's session, else a new session.
    /// </summary>
    /// <param name="context">The context of the command.</param>
    /// <param name="service">The service on the command line, if any.</param>
    /// <param name="allowsNew">Whether a new session can be used.</param>
    /// <param name="cancellationToken">Stops waiting for the keyring.</param>
    /// <exception cref="CommandException">There is no owner.</exception>
    public static async Task<BrokerOwner> FindAsync(
        CommandContext context, string? service, bool allowsNew, CancellationToken cancellationToken)
    {
        var name = context.ProfileName;
        var given = Parse(service ?? context.Settings.Service(name));
        var profile = context.Profiles.Load(name);
        var issuer = profile is { Target: LoginTarget.Provider { Server.Issuer: { } url }, Storage: not null } ? url : null;
        var isSignedIn = issuer is not null && IsAt(given, issuer);
        if (isSignedIn && await HasScopeAsync(context, name, profile!, cancellationToken))
        {
            return new Login(issuer!, profile!);
        }

        var session = context.Sessions.Load(name);
        if (session is not null && IsAt(given, session.Service))
        {
            return new Session(session.Service, session);
        }

        if (allowsNew && (given ?? (profile?.Target as LoginTarget.Service)?.Address) is { } address)
        {
            if (isSignedIn)
            {
                context.Notice($"the login of the profile \"{name}\" is not used, because it does not include the scope \"{ScopeName}\".");
            }

            return session is null ? new NewSession(address) : throw new CommandException(
                ExitCode.Usage,
                $"The profile \"{name}\" already has a session, at {session.Service.Authority}.",
                "Use another profile with --profile, or end that session: devicecode creds rm --all");
        }

        throw isSignedIn
            ? new CommandException(
                ExitCode.Usage,
                $"The login of the profile \"{name}\" does not include the scope \"{ScopeName}\".",
                Login.SignInAgain(context, profile!))
            : new CommandException(
                ExitCode.NotSignedIn,
                given is null
                    ? $"The profile \"{name}\" has neither a login with the scope \"{ScopeName}\" nor a session."
                    : $"The profile \"{name}\" has neither a login nor a session at {given.Authority}.",
                $"Sign in: devicecode login {given?.AbsoluteUri ?? "URL"} --client-id ID --scope {ScopeName}; "
                + $"or create a session: devicecode creds add PROVIDER --service {given?.AbsoluteUri ?? "URL"}");
    }

    /// <summary>Calls a function with a client of the broker.</summary>
    public abstract Task<T> UseAsync<T>(
        CommandContext context, Func<CredentialClient, Task<T>> use, CancellationToken cancellationToken);

    /// <summary>Returns how to fix a failure that concerns the owner; null when it does not.</summary>
    protected abstract string? FixFor(CommandContext context, DeviceLoginException failure);

    /// <summary>Calls a function, and replaces the fix of a failure by the command that fixes it.</summary>
    protected async Task<T> ExplainAsync<T>(CommandContext context, Func<Task<T>> use)
    {
        try
        {
            return await use();
        }
        catch (DeviceLoginException failure) when (FixFor(context, failure) is not null)
        {
            throw failure.WithFix(FixFor(context, failure)!);
        }
    }

    private static Uri? Parse(string? service) => service is null ? null
        : WebAddresses.Parse(service) ?? throw new CommandException(
            ExitCode.Usage, $"Invalid URL \"{service}\" of the service.", "Write it like https://login.example.com.");

    private static bool IsAt(Uri? given, Uri service) =>
        given is null || given.AbsoluteUri.TrimEnd('/') == service.AbsoluteUri.TrimEnd('/');

    // A server that grants the requested scope need not return it (RFC 6749 §5.1). Where it is not known, the service decides.
    private static async Task<bool> HasScopeAsync(
        CommandContext context, string name, Profile profile, CancellationToken cancellationToken)
    {
        var target = (LoginTarget.Provider)profile.Target;
        var tokens = await context.Tokens(profile.Storage!.Value, target).LoadAsync(name, cancellationToken);
        return (tokens?.Scope ?? target.Scope) is not { } scope
            || scope.Split(' ').Any(word => word == ScopeName || word.StartsWith($"{ScopeName}:", StringComparison.Ordinal));
    }

    /// <summary>The user of a profile.</summary>
    internal sealed record Login(Uri Service, Profile Profile) : BrokerOwner(Service)
    {
        /// <summary>Returns the command that signs in again with the scope.</summary>
        public static string SignInAgain(CommandContext context, Profile profile) =>
            Fixes.SignInWith(context, (LoginTarget.Provider)profile.Target, ScopeName);

        /// <inheritdoc />
        public override Task<T> UseAsync<T>(
            CommandContext context, Func<CredentialClient, Task<T>> use, CancellationToken cancellationToken) =>
            ExplainAsync(context, () => context.WithTokensAsync(
                context.ProfileName, Profile, tokens => use(new CredentialClient(Service, tokens, context.Transport))));

        /// <inheritdoc />
        protected override string? FixFor(CommandContext context, DeviceLoginException failure) => failure.Error switch
        {
            "insufficient_scope" => SignInAgain(context, Profile),
            "unauthorized" => $"Sign in again: devicecode login --profile {context.ProfileName}",
            _ => null,
        };
    }

    /// <summary>The session of a profile.</summary>
    internal sealed record Session(Uri Service, BrokerSession Stored) : BrokerOwner(Service)
    {
        /// <inheritdoc />
        public override async Task<T> UseAsync<T>(
            CommandContext context, Func<CredentialClient, Task<T>> use, CancellationToken cancellationToken)
        {
            var secret = await context.Sessions.LoadSecretAsync(context.ProfileName, Stored, cancellationToken);
            return await ExplainAsync(context, () => use(CredentialClient.ForSession(Service, secret, context.Transport)));
        }

        /// <inheritdoc />
        protected override string? FixFor(CommandContext context, DeviceLoginException failure) => failure.Error == "unauthorized"
            ? $"Delete the session here, then add the credentials again: devicecode creds rm --all --profile {context.ProfileName}"
            : null;
    }

    /// <summary>A session that the first credential creates.</summary>
    internal sealed record NewSession(Uri Service) : BrokerOwner(Service)
    {
        /// <inheritdoc />
        public override Task<T> UseAsync<T>(
            CommandContext context, Func<CredentialClient, Task<T>> use, CancellationToken cancellationToken) =>
            ExplainAsync(context, () => use(CredentialClient.ForSession(Service, session: null, context.Transport)));

        /// <summary>Creates the session with its first credential, and stores it before anything else.</summary>
        /// <param name="context">The context of the command.</param>
        /// <param name="given">The storage on the command line, if any.</param>
        /// <param name="put">Makes the credential.</param>
        /// <param name="cancellationToken">Cancels the request.</param>
        /// <returns>The session, and the response to the first request.</returns>
        public async Task<(Session Owner, CredentialResponse Response)> CreateAsync(
            CommandContext context,
            TokenStorage? given,
            Func<CredentialClient, Task<CredentialResponse>> put,
            CancellationToken cancellationToken)
        {
            var profile = context.ProfileName;
            var storage = await context.ChooseStorageAsync(given, previous: null, cancellationToken);
            await using var held = await context.Sessions.LockAsync(profile, cancellationToken);
            if (context.Sessions.Load(profile) is { } other && IsAt(Service, other.Service))
            {
                // Another process has created it meanwhile.
                var session = new Session(other.Service, other);
                return (session, await session.UseAsync(context, put, cancellationToken));
            }

            await context.Sessions.ProveAsync(profile, storage, cancellationToken);
            if (storage == TokenStorage.File && given is null)
            {
                context.NoticeFileStorage("the session", SessionStore.KeyOf(profile));
            }

            var response = await UseAsync(context, put, cancellationToken);
            var stored = new BrokerSession { Service = Service, Storage = storage };
            try
            {
                await context.Sessions.SaveAsync(profile, stored, response.Session!);
            }
            catch
            {
                await EndAsync(context, response.Session!);
                throw;
            }

            return (new Session(Service, stored), response);
        }

        /// <inheritdoc />
        protected override string? FixFor(CommandContext context, DeviceLoginException failure) => failure.Error == "unauthorized"
            ? $"Sign in first: devicecode login {Service.AbsoluteUri} --client-id ID --scope {ScopeName}"
            : null;

        // A session that is not stored would keep credentials that no command can reach.
        private async Task EndAsync(CommandContext context, string session)
        {
            try
            {
                await CredentialClient.ForSession(Service, session, context.Transport).EndSessionAsync(CancellationToken.None);
            }
            catch (DeviceLoginException failed)
            {
                context.Notice($"{failed.Message} The new session could not be ended; its credential expires there.");
            }
        }
    }
}
