namespace DeviceCode.Cli.Commands;

using DeviceCode.Cli.Accounts;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

/// <summary>The login that a new one replaces. Once the new one is stored, its tokens are revoked, because nothing else would.</summary>
/// <param name="context">The context of the command.</param>
/// <param name="name">The profile.</param>
internal sealed class PreviousLogin(CommandContext context, string name)
{
    private readonly Profile? _profile = context.Profiles.LoadUnlessDamaged(name);
    private TokenSet? _tokens;

    /// <summary>The storage of its tokens; null when the login has none.</summary>
    public TokenStorage? Storage => _profile?.Storage;

    /// <summary>Reads its tokens. Call it just before they are replaced, because another process may refresh them until then.</summary>
    public async Task LoadTokensAsync()
    {
        try
        {
            _tokens = Store is { } store ? await store.LoadAsync(name, CancellationToken.None) : null;
        }
        catch (Exception unreadable) when (unreadable is CommandException or IOException or UnauthorizedAccessException)
        {
            // Damaged tokens, or a keyring that cannot be opened: EndAsync reports that it still contains them.
        }
    }

    /// <summary>Revokes its tokens, and deletes them if they are not replaced. A failure does not undo the new login.</summary>
    public async Task EndAsync(Profile replacement, CancellationToken cancellationToken)
    {
        if (Store is not { } store)
        {
            return;
        }

        if (Storage != replacement.Storage)
        {
            try
            {
                await store.DeleteAsync(name, CancellationToken.None);
            }
            catch (Exception kept) when (kept is CommandException or IOException or UnauthorizedAccessException)
            {
                context.Notice($"the tokens of the previous login cannot be deleted: {Failure.Of(kept).Message}");
            }
        }

        if (_tokens is not null && _profile!.Target is LoginTarget.Provider provider && !await IsStillUsedAsync(provider, replacement))
        {
            context.Notice(await RevokeAsync(provider, cancellationToken)
                ? "the tokens of the previous login were revoked."
                : "the tokens of the previous login could not be revoked; they are valid until they expire.");
        }
    }

    private TokenStore? Store => _profile is { Storage: { } storage } ? context.Tokens(storage, _profile.Target) : null;

    // A provider may issue the same tokens again, or end all logins of the user with the client at once.
    private async Task<bool> IsStillUsedAsync(LoginTarget.Provider provider, Profile replacement)
    {
        if (replacement is not { Storage: { } storage, Target: LoginTarget.Provider target } || target.Issuer != provider.Issuer)
        {
            return false;
        }

        var current = await context.Tokens(storage, target).LoadAsync(name, CancellationToken.None);
        return current?.AccessToken == _tokens!.AccessToken
            || (current?.RefreshToken is { } refreshToken && refreshToken == _tokens.RefreshToken)
            || (provider.Server.RevocationEndsAllLogins && target.EffectiveClientId == provider.EffectiveClientId);
    }

    private async Task<bool> RevokeAsync(LoginTarget.Provider provider, CancellationToken cancellationToken)
    {
        try
        {
            return await context.LoginAt(provider).RevokeAsync(_tokens!, cancellationToken);
        }
        catch (Exception failed) when (failed is DeviceLoginException or CommandException or OperationCanceledException)
        {
            return false;
        }
    }
}
