namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Commands;
using DeviceCode.Cli.Profiles;
using DeviceCode.Cli.Settings;
using DeviceCode.Client;

/// <summary>A login at an OAuth provider that ends with tokens.</summary>
internal sealed class ProviderFlow : LoginFlow
{
    private readonly CommandContext _context;
    private readonly string _profile;
    private readonly string? _clientSecret;
    private readonly TokenStorage _storage;
    private LoginTarget _target;
    private DeviceLogin _login;

    /// <summary>A login for a profile.</summary>
    public ProviderFlow(CommandContext context, LoginTarget target, string profile, string? clientSecret, TokenStorage storage)
    {
        (_context, _target, _profile, _clientSecret, _storage) = (context, target, profile, clientSecret, storage);
        _login = target.ToLogin(clientSecret, context.Connection);
    }

    /// <inheritdoc />
    public override LoginTarget Target => _target;

    /// <inheritdoc />
    public override async Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken)
    {
        // What is discovered now is kept, so that a refresh is one request.
        _target = _target with { Provider = await _login.DiscoverAsync(cancellationToken) };
        _login = _target.ToLogin(_clientSecret, _context.Connection);
        return await _login.RequestAsync(cancellationToken);
    }

    /// <inheritdoc />
    public override async Task<Profile> FinishAsync(DeviceAuthorization authorization, ILoginView view, CancellationToken cancellationToken)
    {
        var tokens = await view.ShowWhileAsync(authorization, prompt => _login.PollAsync(authorization, prompt, cancellationToken));

        // From here on nothing is cancelled: the code is used up, and these tokens are the only ones.
        var store = _context.Tokens(_storage, _target);
        var profile = new Profile { Target = _target, SignedInAt = _context.Around.Time.GetUtcNow(), Storage = _storage };
        await using (await store.LockAsync(_profile, CancellationToken.None))
        {
            // Both before anybody is asked anything more: they belong together.
            await store.SaveAsync(_profile, tokens, CancellationToken.None);
            _context.Profiles.Save(_profile, profile);
        }

        return profile with { User = await WhoAsync(tokens, cancellationToken) };
    }

    // Good to know, but no reason for a login to fail.
    private async Task<Person?> WhoAsync(TokenSet tokens, CancellationToken cancellationToken)
    {
        try
        {
            return await _login.GetUserInfoAsync(tokens, cancellationToken) is { } user ? Person.Of(user) : null;
        }
        catch (Exception unknown) when (unknown is DeviceLoginException or OperationCanceledException)
        {
            return null;
        }
    }
}
