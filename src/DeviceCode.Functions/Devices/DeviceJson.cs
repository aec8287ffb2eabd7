namespace DeviceCode.Functions.Devices;

using System.Text.Json.Serialization;
using DeviceCode.Core.Devices;
using Microsoft.AspNetCore.Http;

/// <summary>The responses of <c>/auth/device/*</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CodeResponse))]
[JsonSerializable(typeof(InspectResponse))]
[JsonSerializable(typeof(DecisionResponse))]
[JsonSerializable(typeof(PollResponse))]
internal sealed partial class DeviceJson : JsonSerializerContext;

/// <summary>The device authorization response (RFC 8628 §3.2); times in seconds.</summary>
internal sealed record CodeResponse(
    string DeviceCode, string UserCode, Uri VerificationUri, Uri VerificationUriComplete, long ExpiresIn, long Interval)
{
    public static IResult From(IssueResult.Issued issued, Uri verificationUri)
    {
        var userCode = issued.Authorization.UserCode.Reveal();
        return TypedResults.Json(
            new CodeResponse(
                issued.DeviceCode.Reveal(),
                userCode,
                verificationUri,
                new Uri($"{verificationUri}?user_code={userCode}"),
                (long)(issued.Authorization.ExpiresAt - issued.Authorization.RequestedAt).TotalSeconds,
                (long)issued.Authorization.Interval.TotalSeconds),
            DeviceJson.Default.CodeResponse);
    }
}

internal sealed record InspectResponse(
    string UserCode, string ClientName, string Scope, DateTime RequestedAt, long ExpiresIn, OriginResponse RequestedFrom, bool SameNetwork);

internal sealed record OriginResponse(string? Ip, string? UserAgent);

internal sealed record DecisionResponse(string Status);

internal sealed record PollResponse(string Status)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ErrorDescription { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Interval { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UserResponse? User { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Uri? ApiKeysUrl { get; init; }
}

internal sealed record UserResponse(string? Email, string DisplayName);
