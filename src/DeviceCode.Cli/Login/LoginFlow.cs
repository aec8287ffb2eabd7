namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Login.Views;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

/// <summary>
/// A login in two steps: request a code, then wait for the user and store the result. Another process can run the second step.
/// </summary>
internal abstract class LoginFlow
{
    /// <summary>The name of the profile that stores the login.</summary>
    public required string Profile { get; init; }

    public required ProfileStore Profiles { get; init; }

    public required Transport Transport { get; init; }

    /// <summary>Runs before the new login replaces the previous one; with tokens, while their lock is held.</summary>
    public required Func<Task> BeforeStoring { get; init; }

    /// <summary>The target. The first step completes it with the endpoints that it discovers.</summary>
    public abstract LoginTarget Target { get; }

    /// <summary>Requests a code.</summary>
    public abstract Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken);

    /// <summary>Waits for the user and stores the result.</summary>
    public abstract Task<Profile> FinishAsync(DeviceAuthorization authorization, ILoginView view, CancellationToken cancellationToken);

    // The view ends with the polling, before anything else is printed.
    protected static async Task<T> ShowWhileAsync<T>(
        ILoginView view, DeviceAuthorization authorization, Func<Task<T>> poll, CancellationToken cancellationToken)
    {
        await using (view)
        {
            await view.ShowAsync(authorization, cancellationToken);
            return await poll();
        }
    }

    protected Profile Store(Profile profile)
    {
        Profiles.Save(Profile, profile);
        return profile;
    }
}

/// <summary>A login at a DeviceCode service. It returns the user and no tokens.</summary>
internal sealed class ServiceFlow(LoginTarget.Service target) : LoginFlow
{
    private UserLogin Login => field ??= new UserLogin(target.Address, Transport);

    /// <inheritdoc />
    public override LoginTarget Target => target;

    /// <inheritdoc />
    public override async Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Login.RequestAsync(cancellationToken);
        }
        catch (DeviceLoginException other) when (other.Failure is DeviceLoginFailure.Protocol or DeviceLoginFailure.Configuration)
        {
            if (await IsProviderAsync(cancellationToken))
            {
                throw new CommandException(
                    ExitCode.Usage,
                    $"{target.Name} is an OAuth server, which requires a client id.",
                    $"Use the id of a client that is registered there: devicecode login {target.Address} --client-id ID",
                    other);
            }

            throw;
        }
    }

    /// <inheritdoc />
    public override async Task<Profile> FinishAsync(DeviceAuthorization authorization, ILoginView view, CancellationToken cancellationToken)
    {
        var user = await ShowWhileAsync(
            view, authorization, () => Login.PollAsync(authorization, view, cancellationToken), cancellationToken);
        await BeforeStoring();
        return Store(new Profile
        {
            Target = target,
            SignedInAt = Transport.TimeProvider.GetUtcNow(),
            User = new Person(user.DisplayName, user.Email),
            ApiKeysUrl = user.ApiKeysUrl,
        });
    }

    private async Task<bool> IsProviderAsync(CancellationToken cancellationToken)
    {
        try
        {
            var login = new LoginTarget.Provider(Providers.Discover(target.Address)).ToLogin(clientSecret: null, Transport);
            return (await login.DiscoverAsync(cancellationToken)).DeviceAuthorizationEndpoint is not null;
        }
        catch (DeviceLoginException)
        {
            return false;
        }
    }
}

/// <summary>A login at an OAuth provider. It returns tokens.</summary>
internal sealed class ProviderFlow(LoginTarget.Provider target) : LoginFlow
{
    private LoginTarget.Provider _target = target;

    public required string? ClientSecret { get; init; }

    /// <summary>Where to store the tokens; null for the first step, which has none.</summary>
    public TokenStorage? Storage { get; init; }

    /// <summary>Opens the store of the tokens of a target.</summary>
    public required Func<TokenStorage, LoginTarget, TokenStore> Tokens { get; init; }

    private DeviceLogin Login => field ??= _target.ToLogin(ClientSecret, Transport);

    /// <inheritdoc />
    public override LoginTarget Target => _target;

    /// <inheritdoc />
    public override async Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken)
    {
        // Store the discovered endpoints with the target, so that a refresh is one request.
        _target = _target with { Server = await Login.DiscoverAsync(cancellationToken) };
        return await Login.RequestAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override async Task<Profile> FinishAsync(DeviceAuthorization authorization, ILoginView view, CancellationToken cancellationToken)
    {
        var tokens = await ShowWhileAsync(
            view, authorization, () => Login.PollAsync(authorization, view, cancellationToken), cancellationToken);

        // From here on, only the userinfo request can be cancelled: the code is used up, and these tokens are the only ones.
        var storage = Storage ?? throw new InvalidOperationException($"The second step requires a {nameof(Storage)}.");
        var store = Tokens(storage, _target);
        var profile = new Profile { Target = _target, SignedInAt = Transport.TimeProvider.GetUtcNow(), Storage = storage };
        await using (await store.LockAsync(Profile, CancellationToken.None))
        {
            await BeforeStoring();

            // Tokens without their profile are useless, so store both before the next request can hang or the process can be killed.
            await store.SaveAsync(Profile, tokens, CancellationToken.None);
            Store(profile);
        }

        return await UserOfAsync(tokens, cancellationToken) is { } user ? Store(profile with { User = user }) : profile;
    }

    // A login succeeds even if the provider does not return the user.
    private async Task<Person?> UserOfAsync(TokenSet tokens, CancellationToken cancellationToken)
    {
        try
        {
            return await Login.GetUserInfoAsync(tokens, cancellationToken) is { } user ? Person.Of(user) : null;
        }
        catch (Exception unknown) when (unknown is DeviceLoginException or OperationCanceledException)
        {
            return null;
        }
    }
}
