namespace DeviceCode.Functions.Devices;

using System.Text.Json.Serialization;
using DeviceCode.Core.Devices;
using Microsoft.AspNetCore.Http;

/// <summary>The answers of <c>/auth/device/*</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CodeAnswer))]
[JsonSerializable(typeof(InspectAnswer))]
[JsonSerializable(typeof(DecisionAnswer))]
[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class DeviceJson : JsonSerializerContext;

/// <summary>RFC 8628 §3.2; times in seconds.</summary>
internal sealed record CodeAnswer(
    string DeviceCode, string UserCode, Uri VerificationUri, Uri VerificationUriComplete, long ExpiresIn, long Interval)
{
    public static IResult From(IssueResult.Issued issued, Uri verificationUri)
    {
        var userCode = issued.Authorization.UserCode.Reveal();
        return TypedResults.Json(
            new CodeAnswer(
                issued.DeviceCode.Reveal(),
                userCode,
                verificationUri,
                new Uri($"{verificationUri}?user_code={userCode}"),
                (long)(issued.Authorization.ExpiresAt - issued.Authorization.RequestedAt).TotalSeconds,
                (long)issued.Authorization.Interval.TotalSeconds),
            DeviceJson.Default.CodeAnswer);
    }
}

internal sealed record InspectAnswer(
    string UserCode, string ClientName, string Scope, DateTime RequestedAt, long ExpiresIn, OriginAnswer RequestedFrom, bool SameNetwork);

internal sealed record OriginAnswer(string? Ip, string? UserAgent);

internal sealed record DecisionAnswer(string Status);

internal sealed record TokenAnswer(string Status)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ErrorDescription { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Interval { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public UserAnswer? User { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Uri? ApiKeysUrl { get; init; }
}

internal sealed record UserAnswer(string? Email, string DisplayName);
