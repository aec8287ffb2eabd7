namespace DeviceCode.Functions.Broker;

using System.Globalization;
using DeviceCode.Core;
using DeviceCode.Core.Broker;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>
/// The credential broker: <c>/creds/*</c>. It keeps a credential at another provider for a caller, and returns a fresh token.
/// </summary>
public sealed class CredentialFunctions(
    FunctionPipeline pipeline, CredentialCaller caller, CredentialBroker broker, BrokerOptions options, ServiceOptions service)
{
    // The contract: every request ends within 20 seconds.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(18);

    /// <summary>Makes or replaces a credential.</summary>
    [Function("creds-put")]
    public Task<IResult> PutAsync([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "creds/{name}")] HttpRequest request) =>
        RunAsync(request, async cancellationToken =>
        {
            using var body = await RequestBody.ReadOptionalJsonAsync(request, cancellationToken);
            var wanted = new CredentialRequest(NameOf(request), FunctionPipeline.OriginOf(request))
            {
                GrantType = body.Optional("grant_type") ?? GrantTypes.DeviceCode,
                ProviderId = body.Optional("provider"),
                Account = body.Optional("account"),
                Scope = body.Optional("scope"),
                DeviceCode = body.Optional("device_code"),
                CodeVerifier = body.Optional("code_verifier"),
                Interval = body.OptionalSeconds("interval"),
                ExpiresIn = body.OptionalSeconds("expires_in"),
                RefreshToken = body.Optional("refresh_token"),
                MustBeNew = MustBeNew(request),
            };
            var owner = await caller.FindAsync(request, cancellationToken)
                ?? new CredentialOwner.OfSession(CredentialSession.Create(), IsNew: true);
            return BrokerResponses.ForPut(await broker.PutAsync(owner, wanted, cancellationToken), request, service);
        });

    /// <summary>Returns the token.</summary>
    [Function("creds-read")]
    public Task<IResult> ReadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "creds/{name}")] HttpRequest request) =>
        RunAsync(request, async cancellationToken => BrokerResponses.ForRead(
            await broker.ReadAsync(
                await caller.RequireAsync(request, cancellationToken), NameOf(request), MinimumOf(request), cancellationToken),
            request,
            service));

    /// <summary>Returns another token than the one that an API has rejected.</summary>
    [Function("creds-refresh")]
    public Task<IResult> RefreshAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "creds/{name}/refresh")] HttpRequest request) =>
        RunAsync(request, async cancellationToken =>
        {
            using var body = await RequestBody.ReadJsonAsync(request, cancellationToken);
            var refused = body.Required("refused");
            return BrokerResponses.ForRead(
                await broker.RefuseAsync(
                    await caller.RequireAsync(request, cancellationToken), NameOf(request), refused, cancellationToken),
                request,
                service);
        });

    /// <summary>Deletes a credential, and revokes its tokens.</summary>
    [Function("creds-delete")]
    public Task<IResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "creds/{name}")] HttpRequest request) =>
        RunAsync(request, async cancellationToken => BrokerResponses.ForAny(
            await broker.DeleteAsync(
                await caller.RequireAsync(request, cancellationToken),
                NameOf(request),
                FunctionPipeline.OriginOf(request),
                cancellationToken),
            request));

    /// <summary>Lists the caller's credentials.</summary>
    [Function("creds-list")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "creds")] HttpRequest request) =>
        RunAsync(request, async cancellationToken => BrokerResponses.ForAny(
            await broker.ListAsync(await caller.RequireAsync(request, cancellationToken), cancellationToken), request));

    /// <summary>Ends a session and all its credentials.</summary>
    [Function("creds-end")]
    public Task<IResult> EndAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "creds")] HttpRequest request) =>
        RunAsync(request, async cancellationToken => BrokerResponses.ForAny(
            await broker.EndSessionAsync(
                await caller.RequireAsync(request, cancellationToken), FunctionPipeline.OriginOf(request), cancellationToken),
            request));

    /// <summary>Lists the providers that the caller may use; without credentials, those that a new session may use.</summary>
    [Function("creds-providers")]
    public Task<IResult> ProvidersAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "creds/-/providers")] HttpRequest request) =>
        RunAsync(request, async cancellationToken =>
        {
            var owner = await caller.FindAsync(request, cancellationToken)
                ?? new CredentialOwner.OfSession(CredentialSession.Create(), IsNew: true);
            return TypedResults.Json(
                new ProvidersResponse(
                [
                    .. broker.ProvidersOf(owner).Select(provider => new ListedProvider(
                        provider.Id, provider.Name, provider.Grants, Scope.Split(provider.Scopes))),
                ]),
                BrokerJson.Default.ProvidersResponse);
        });

    /// <summary>Begins a login in a browser: returns the provider's page. The owner must be signed in.</summary>
    [Function("creds-connect")]
    public Task<IResult> ConnectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "creds/-/connect")] HttpRequest request) =>
        RunSignedInAsync(
            request,
            async (user, cancellationToken) =>
            {
                using var body = await RequestBody.ReadJsonAsync(request, cancellationToken);
                var callback = new Uri($"{service.Issuer}/creds/-/callback");
                return BrokerResponses.ForAny(
                    await broker.ConnectAsync(user, body.Required("request"), callback, cancellationToken), request);
            });

    /// <summary>Completes a login in a browser. The owner must be signed in.</summary>
    [Function("creds-callback")]
    public Task<IResult> CallbackAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "creds/-/callback")] HttpRequest request) =>
        RunSignedInAsync(
            request,
            async (user, cancellationToken) =>
            {
                using var body = await RequestBody.ReadJsonAsync(request, cancellationToken);
                var response = new BrowserResponse(
                    body.Required("state"), body.Optional("code"), body.Optional("error"), body.Optional("iss"));
                return response.Code is null && response.Error is null
                    ? ApiError.BadRequest("The member code is missing. Send the parameters of the provider's redirect.")
                    : BrokerResponses.ForAny(await broker.CompleteAsync(user, response, cancellationToken), request);
            });

    private static ApiError Off => ApiError.NotFound("This service has no credential broker. Its operator has configured no provider.");

    private Task<IResult> RunAsync(HttpRequest request, Func<CancellationToken, Task<IResult>> respond) => pipeline.RunAsync(
        request,
        cancellationToken => options.IsOn
            ? respond(cancellationToken)
            : Task.FromResult<IResult>(Off),
        Deadline);

    private Task<IResult> RunSignedInAsync(HttpRequest request, Func<User, CancellationToken, Task<IResult>> respond) =>
        options.IsOn ? pipeline.RunSignedInAsync(request, respond, Deadline) : RunAsync(request, _ => Task.FromResult<IResult>(Off));

    private static string NameOf(HttpRequest request) => request.Path.Value!.Split('/') is [_, _, var name, ..] ? name : "";

    private static TimeSpan MinimumOf(HttpRequest request) => request.Query["minimum_seconds"] switch
    {
        { Count: 0 } => CredentialBroker.DefaultMinimum,
        [var text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= CredentialBroker.LongestMinimum.TotalSeconds => TimeSpan.FromSeconds(seconds),
        _ => throw new ApiException(ApiError.BadRequest("The parameter minimum_seconds must be a whole number from 0 to 3600.")),
    };

    private static bool MustBeNew(HttpRequest request) => request.Headers.IfNoneMatch.ToString() switch
    {
        "" => false,
        "*" => true,
        _ => throw new ApiException(ApiError.BadRequest("The header If-None-Match must be *, or be left out.")),
    };
}
