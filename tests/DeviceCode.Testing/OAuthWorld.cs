namespace DeviceCode.Testing;

using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;

/// <summary>A token service with two clients and a fake clock.</summary>
public sealed class OAuthWorld
{
    /// <summary>RFC 7636, appendix B.</summary>
    public const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    /// <summary>RFC 7636, appendix B.</summary>
    public const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    public OAuthWorld(
        IDeviceAuthorizationStore? devices = null,
        IGrantStore? grants = null,
        Action<Client>? configure = null,
        DeviceMetrics? metrics = null)
    {
        Client = new Client { Id = "cli", Scopes = "profile email offline_access" };
        configure?.Invoke(Client);
        Other = new Client { Id = "other", Scopes = "profile" };
        Options = new OAuthOptions { Clients = { Client, Other } };
        var registry = new ClientRegistry(Options);
        Devices = Some.Service(devices, time: Time, metrics: metrics, clients: registry);
        Grants = grants ?? new InMemoryGrantStore();
        Tokens = new TokenService(Devices, Grants, registry, Options, Time, metrics ?? Some.Metrics);
        Logins = new LoginService(Grants, registry, Time);
    }

    public TestTime Time { get; } = new();

    public Client Client { get; }

    public Client Other { get; }

    public OAuthOptions Options { get; }

    public DeviceAuthorizationService Devices { get; }

    public IGrantStore Grants { get; }

    public TokenService Tokens { get; }

    public LoginService Logins { get; }

    public async Task<(DeviceCode DeviceCode, string UserCode)> IssueAsync(
        string scope = "profile email offline_access", string? challenge = null)
    {
        var request = Some.From(Some.DeviceOrigin) with { ClientId = Client.Id, Scope = scope, CodeChallenge = challenge };
        var issued = Assert.IsType<IssueResult.Issued>(await Devices.IssueAsync(request, CancellationToken.None));
        return (issued.DeviceCode, issued.Authorization.UserCode.Reveal());
    }

    public async Task<DeviceCode> ApprovedAsync(
        string scope = "profile email offline_access", string? challenge = null, string by = "alice")
    {
        var (deviceCode, userCode) = await IssueAsync(scope, challenge);
        Assert.IsType<DecideResult.Decided>(await Devices.DecideAsync(userCode, by: by, from: Some.Origin()));
        return deviceCode;
    }

    /// <summary>Signs a person in.</summary>
    public async Task<TokenResult.Issued> SignedInAsync(string by = "alice") =>
        Assert.IsType<TokenResult.Issued>(await RedeemAsync(await ApprovedAsync(by: by)));

    /// <summary>Redeems a code and, as the functions do, confirms the redemption.</summary>
    public async Task<TokenResult> RedeemAsync(DeviceCode code, string? verifier = null, Client? client = null)
    {
        var result = await Tokens.RedeemAsync(client ?? Client, code, verifier, CancellationToken.None);
        if (result is TokenResult.Issued issued)
        {
            await Tokens.ConfirmAsync(issued, CancellationToken.None);
        }

        return result;
    }

    public Task<TokenResult> RefreshAsync(Token token, string? scope = null, Client? client = null, RequestOrigin? from = null) =>
        Tokens.RefreshAsync(client ?? Client, token.Reveal(), scope, from ?? Some.DeviceOrigin, CancellationToken.None);

    public Task<ActiveToken?> IntrospectAsync(Token token) => Tokens.IntrospectAsync(token.Reveal(), CancellationToken.None);

    public Task<RevokeResult> RevokeAsync(Token token, Client? client = null) =>
        Tokens.RevokeAsync(client ?? Client, token.Reveal(), CancellationToken.None);
}
