namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Commands;
using DeviceCode.Cli.Failures;
using DeviceCode.Cli.Profiles;
using DeviceCode.Client;

/// <summary>A login at a DeviceCode service that ends with who signed in.</summary>
internal sealed class ServiceFlow(CommandContext context, LoginTarget target) : LoginFlow
{
    private readonly UserLogin _login = new(target.Service!, context.Connection);

    /// <inheritdoc />
    public override LoginTarget Target => target;

    /// <inheritdoc />
    public override async Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _login.RequestAsync(cancellationToken);
        }
        catch (DeviceLoginException other) when (other.Failure is DeviceLoginFailure.Protocol or DeviceLoginFailure.Configuration)
        {
            if (await IsProviderAsync(cancellationToken))
            {
                throw new CommandException(
                    ExitCode.Usage,
                    $"{target.Name} signs in registered clients, and no client id was given.",
                    $"Give the one it has for you: devicecode login {target.Service} --client-id ID",
                    other);
            }

            throw;
        }
    }

    /// <inheritdoc />
    public override async Task<Profile> FinishAsync(DeviceAuthorization authorization, ILoginView view, CancellationToken cancellationToken)
    {
        var user = await view.ShowWhileAsync(authorization, prompt => _login.PollAsync(authorization, prompt, cancellationToken));
        return new Profile
        {
            Target = target,
            SignedInAt = context.Around.Time.GetUtcNow(),
            User = new Person(user.DisplayName, user.Email),
            ApiKeysUrl = user.ApiKeysUrl,
        };
    }

    private async Task<bool> IsProviderAsync(CancellationToken cancellationToken)
    {
        try
        {
            var provider = new LoginTarget { Provider = Providers.Discover(target.Service!) }.ToLogin(clientSecret: null, context.Connection);
            return (await provider.DiscoverAsync(cancellationToken)).DeviceAuthorizationEndpoint is not null;
        }
        catch (DeviceLoginException)
        {
            return false;
        }
    }
}
