namespace DeviceCode.Functions.Broker;

using System.Text.Json.Serialization;

/// <summary>The responses of <c>/creds/*</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PendingResponse))]
[JsonSerializable(typeof(ReadyResponse))]
[JsonSerializable(typeof(CredentialTokenResponse))]
[JsonSerializable(typeof(DeletedResponse))]
[JsonSerializable(typeof(ListResponse))]
[JsonSerializable(typeof(ProvidersResponse))]
[JsonSerializable(typeof(ConnectResponse))]
[JsonSerializable(typeof(CallbackResponse))]
internal sealed partial class BrokerJson : JsonSerializerContext;

/// <summary>A login that waits for its user; times in seconds. A read has the error code, too.</summary>
internal sealed record PendingResponse(string Name, string Provider, string Status, long ExpiresIn, long Interval)
{
    public string? Error { get; init; }

    public string? ErrorDescription { get; init; }

    public string? UserCode { get; init; }

    public string? VerificationUri { get; init; }

    public string? VerificationUriComplete { get; init; }

    public string? AuthorizationUri { get; init; }

    public string? Session { get; init; }
}

/// <summary>A credential that was imported; it has no token.</summary>
internal sealed record ReadyResponse(string Name, string Provider, string Status, string? Account, string Scope)
{
    public string? Session { get; init; }
}

/// <summary>The token; its lifetime in seconds.</summary>
internal sealed record CredentialTokenResponse(
    string AccessToken, string TokenType, long? ExpiresIn, string Scope, string Provider, string? Account);

internal sealed record DeletedResponse(string Status, bool Revoked, Uri? ApprovalsPage);

internal sealed record ListResponse(IReadOnlyList<ListedCredential> Credentials);

internal sealed record ListedCredential(
    string Name,
    string Provider,
    string Status,
    string? Account,
    string Scope,
    string? Error,
    DateTime CreatedAt,
    DateTime? RefreshedAt,
    DateTime? ExpiresAt);

internal sealed record ProvidersResponse(IReadOnlyList<ListedProvider> Providers);

internal sealed record ListedProvider(string Id, string Name, IReadOnlyList<string> Grants, IReadOnlyList<string> Scopes);

internal sealed record ConnectResponse(Uri RedirectUri);

internal sealed record CallbackResponse(string Status, string? Account);
