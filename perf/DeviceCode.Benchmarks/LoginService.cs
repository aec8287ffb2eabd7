namespace DeviceCode.Benchmarks;

using System.Diagnostics.Metrics;
using System.Net;
using DeviceCode.Core;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;

/// <summary>The OAuth server on one store, with one client, and the steps of a login up to the operation that is measured.</summary>
internal sealed class LoginService
{
    private const string ClientId = "cli";
    private const string Scope = "profile email offline_access";

    private static readonly DeviceMetrics Metrics = new(new Meter(DeviceMetrics.MeterName));
    private static readonly User Approver = new("subject-of-alice", "tenant", "alice@example.com", "Alice");

    private readonly Client _client = new() { Id = ClientId, Scopes = Scope };
    private readonly DeviceAuthorizationService _devices;
    private readonly TokenService _tokens;

    public LoginService(IDeviceAuthorizationStore devices, IWrongGuessStore guesses, IGrantStore grants)
    {
        var options = new DeviceAuthorizationOptions();
        var oauth = new OAuthOptions { Clients = { _client } };
        var registry = new ClientRegistry(oauth);
        var limiter = new GuessLimiter(guesses, options.ToGuessLimits(), TimeProvider.System, Metrics);
        _devices = new DeviceAuthorizationService(devices, limiter, registry, options, TimeProvider.System, Metrics);
        _tokens = new TokenService(_devices, grants, registry, oauth, TimeProvider.System, Metrics);
    }

    /// <summary>Creates a request from a network of its own, so that it does not reach the limit on codes per network.</summary>
    public static DeviceAuthorizationRequest NewRequest()
    {
        var origin = new RequestOrigin(new IPAddress(Guid.NewGuid().ToByteArray()), "cli/1.0");
        return new DeviceAuthorizationRequest("A command line", origin) { ClientId = ClientId, Scope = Scope };
    }

    /// <summary>Issues codes.</summary>
    public Task<IssueResult> IssueAsync(DeviceAuthorizationRequest request) => _devices.IssueAsync(request, CancellationToken.None);

    /// <summary>Presents a device code: a poll while it is pending, the redemption once it is approved.</summary>
    public Task<TokenResult> PresentAsync(DeviceCode code) =>
        _tokens.RedeemAsync(_client, code, codeVerifier: null, CancellationToken.None);

    /// <summary>Exchanges a refresh token for new tokens.</summary>
    public Task<TokenResult> RefreshAsync(string refreshToken) =>
        _tokens.RefreshAsync(_client, refreshToken, scope: null, new RequestOrigin(null, null), CancellationToken.None);

    /// <summary>Returns a device code that is pending.</summary>
    public async Task<DeviceCode> PendingCodeAsync() => ((IssueResult.Issued)await IssueAsync(NewRequest())).DeviceCode;

    /// <summary>Returns a device code that is approved.</summary>
    public async Task<DeviceCode> ApprovedCodeAsync()
    {
        var issued = (IssueResult.Issued)await IssueAsync(NewRequest());
        var userCode = issued.Authorization.UserCode.Reveal();
        await _devices.DecideAsync(userCode, approve: true, Approver, issued.Authorization.RequestedFrom, CancellationToken.None);
        return issued.DeviceCode;
    }

    /// <summary>Returns a refresh token that has not been used.</summary>
    public async Task<string> RefreshTokenAsync() =>
        ((TokenResult.Issued)await PresentAsync(await ApprovedCodeAsync())).RefreshToken!.Reveal();
}
