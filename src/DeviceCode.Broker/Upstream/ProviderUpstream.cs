namespace DeviceCode.Broker.Upstream;

using System.Text.Json;
using DeviceCode.Client;
using DeviceCode.Core.Broker;

/// <summary>The configured providers, reached with the client library.</summary>
public sealed class ProviderUpstream : IUpstream, IDisposable
{
    private readonly Dictionary<string, ProviderClient> _clients;
    private readonly SocketsHttpHandler _handler;
    private readonly TimeProvider _time;
    private readonly BrokerMetrics _metrics;

    /// <summary>Creates the clients of all providers.</summary>
    /// <param name="options">The settings, which must be valid.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Measures the requests.</param>
    public ProviderUpstream(BrokerOptions options, TimeProvider time, BrokerMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_time, _metrics) = (time, metrics);
        _handler = Transport.CreateHandler(options.AllowPrivateNetworks ? null : PublicAddresses.Contains);
        _clients = options.Providers.ToDictionary(
            pair => pair.Key, pair => new ProviderClient(pair.Key, pair.Value, new PausingHandler(_handler, time), time));
    }

    /// <inheritdoc />
    public void Dispose() => _handler.Dispose();

    /// <inheritdoc />
    public UpstreamAbilities AbilitiesOf(string providerId) => _clients.GetValueOrDefault(providerId)?.Provider is { } provider
        ? new(
            provider.UserinfoEndpoint is not null || provider is { Issuer: not null, TokenEndpoint: null },
            provider.RevocationEndsAllLogins,
            provider.ApprovalsPage)
        : new(NamesAccounts: false, RevocationEndsAllLogins: false, ApprovalsPage: null);

    /// <inheritdoc />
    public Task<UpstreamCode> RequestCodeAsync(string providerId, string scope, CancellationToken cancellationToken) => MeasureAsync(
        providerId,
        isExchange: false,
        async client =>
        {
            var code = await client.RequestCodeAsync(scope, cancellationToken);
            return new UpstreamCode
            {
                DeviceCode = code.DeviceCode,
                CodeVerifier = code.CodeVerifier,
                UserCode = code.UserCode,
                VerificationUri = code.VerificationUri,
                VerificationUriComplete = code.VerificationUriComplete,
                Lifetime = code.ExpiresAt - _time.GetUtcNow(),
                Interval = code.Interval,
            };
        });

    /// <inheritdoc />
    public UpstreamPace PaceOf(TimeSpan interval) => Describe(new PollPace { Interval = interval });

    /// <inheritdoc />
    public async Task<UpstreamPoll> PollAsync(
        string providerId, string deviceCode, string? codeVerifier, string pace, CancellationToken cancellationToken)
    {
        var current = JsonSerializer.Deserialize(pace, ClientJson.Default.PollPace)!;
        var started = _time.GetTimestamp();
        var client = _clients[providerId];
        if (client.Pause is { Ticks: > 0 } pause)
        {
            return new UpstreamPoll.Pending(Describe(current with { RetryAfter = pause }));
        }

        UpstreamPoll result;
        string outcome;
        try
        {
            (result, outcome) = await client.PollAsync(deviceCode, codeVerifier, cancellationToken) switch
            {
                PollResponse<TokenSet>.Completed(var tokens) =>
                    ((UpstreamPoll)new UpstreamPoll.Completed(client.ToCredential(tokens)), "completed"),
                PollResponse<TokenSet>.Failed(var failure) =>
                    (new UpstreamPoll.Failed(FaultOf(failure, isExchange: false), failure.Message, current.Failures > 0), "failed"),
                var other => (
                    new UpstreamPoll.Pending(Describe(current.After(other))),
                    other is PollResponse<TokenSet>.Retry ? "unavailable" : "pending"),
            };
        }
        catch (DeviceLoginException invalid)
        {
            result = new UpstreamPoll.Failed(FaultOf(invalid, isExchange: false), invalid.Message, MayHaveLostAnswer: false);
            outcome = "failed";
        }

        _metrics.Requested(providerId, outcome, _time.GetElapsedTime(started));
        return result;
    }

    /// <inheritdoc />
    public Task<CredentialTokens> RefreshAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken) =>
        MeasureAsync(providerId, isExchange: true, client => client.RefreshAsync(tokens, cancellationToken));

    /// <inheritdoc />
    public Task<bool> RevokeAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken) =>
        MeasureAsync(providerId, isExchange: true, client => client.RevokeAsync(tokens, cancellationToken));

    /// <inheritdoc />
    public Task<UpstreamAccount?> FindAccountAsync(string providerId, CredentialTokens tokens, CancellationToken cancellationToken) =>
        MeasureAsync(providerId, isExchange: true, async client =>
        {
            try
            {
                return await client.FindUserAsync(tokens, cancellationToken) is { } user
                    ? new UpstreamAccount(user.Subject, user.Email, user.Username)
                    : null;
            }
            catch (DeviceLoginException rejected) when (rejected.Failure != DeviceLoginFailure.Network)
            {
                // The token has no scope for it, or the endpoint is not for users.
                return null;
            }
        });

    /// <inheritdoc />
    public Task<UpstreamBrowserLogin> BeginBrowserLoginAsync(
        string providerId, string scope, Uri redirectUri, string state, CancellationToken cancellationToken) => MeasureAsync(
            providerId,
            isExchange: false,
            client => client.BeginBrowserLoginAsync(scope, redirectUri, state, cancellationToken));

    /// <inheritdoc />
    public Task<CredentialTokens> RedeemAsync(
        string providerId, string request, BrowserResponse response, CancellationToken cancellationToken) =>
        MeasureAsync(providerId, isExchange: true, client => client.RedeemAsync(request, response, cancellationToken));

    private static UpstreamPace Describe(PollPace pace) => new(
        JsonSerializer.Serialize(pace, ClientJson.Default.PollPace), pace.Interval, pace.Wait(Random()));

#pragma warning disable RS0030 // Jitter needs no RandomNumberGenerator.
    private static double Random() => System.Random.Shared.NextDouble();
#pragma warning restore RS0030

    // The response to an exchange of a code or token is lost if it is not an error of OAuth: the provider may have executed the request.
    // Any other request can be repeated, so a response that is not valid is a fault of the provider.
    private static UpstreamFault FaultOf(DeviceLoginException failure, bool isExchange) => failure switch
    {
        { Failure: DeviceLoginFailure.Denied or DeviceLoginFailure.Policy } => UpstreamFault.Denied,
        { Failure: DeviceLoginFailure.Expired } => UpstreamFault.Expired,
        { Failure: DeviceLoginFailure.InvalidCode or DeviceLoginFailure.SignInAgain } => UpstreamFault.InvalidGrant,
        { Failure: DeviceLoginFailure.Network } => UpstreamFault.Unavailable,
        { Error: "invalid_scope" } => UpstreamFault.InvalidScope,
        { Error: null } when isExchange => UpstreamFault.Unavailable,
        _ => UpstreamFault.Rejected,
    };

    private async Task<T> MeasureAsync<T>(string providerId, bool isExchange, Func<ProviderClient, Task<T>> request)
    {
        var started = _time.GetTimestamp();
        var outcome = "unavailable";
        try
        {
            var result = await request(_clients[providerId]);
            outcome = "completed";
            return result;
        }
        catch (DeviceLoginException failure)
        {
            var fault = FaultOf(failure, isExchange);
            outcome = fault == UpstreamFault.Unavailable ? outcome : "failed";
            throw new UpstreamException(fault, failure.Message, failure)
            {
                MayHaveLostAnswer = failure is { Error: null, Status: null or < 400 or >= 500 },
                RetryAfter = failure.RetryAfter,
            };
        }
        finally
        {
            _metrics.Requested(providerId, outcome, _time.GetElapsedTime(started));
        }
    }
}
