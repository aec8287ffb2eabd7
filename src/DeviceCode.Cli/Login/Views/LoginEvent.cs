namespace DeviceCode.Cli.Login.Views;

using System.Text.Json.Serialization;
using DeviceCode.Cli.Accounts;

/// <summary>One line of <c>--json</c>. docs/cli.md lists the members of each event.</summary>
internal sealed record LoginEvent
{
    /// <summary>
    /// <c>code</c>, <c>pending</c>, <c>slow_down</c>, <c>complete</c>, <c>error</c>, <c>signed_out</c> after a logout, <c>deleted</c> and
    /// <c>session_ended</c> after <c>creds rm</c>, or <c>logins_ended</c> after <c>logins end</c>.
    /// </summary>
    public required string Event { get; init; }

    public string? UserCode { get; init; }

    public string? VerificationUri { get; init; }

    public string? VerificationUriComplete { get; init; }

    /// <summary>Seconds.</summary>
    public long? ExpiresIn { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Seconds.</summary>
    public double? Interval { get; init; }

    /// <summary>Seconds.</summary>
    public double? NextPollIn { get; init; }

    /// <summary>The error of the last poll; null when the poll succeeded and the user has not decided yet.</summary>
    public string? Failure { get; init; }

    public PendingLogin? Resume { get; init; }

    public string? Profile { get; init; }

    public string? Provider { get; init; }

    /// <summary>The name of the credential.</summary>
    public string? Name { get; init; }

    /// <summary>The account that signed in at the provider of the credential.</summary>
    public string? Account { get; init; }

    public string? Scope { get; init; }

    /// <summary>The URL of the service that keeps the credential.</summary>
    public string? Service { get; init; }

    /// <summary>Whether the tokens of a deleted credential were revoked.</summary>
    public bool? Revoked { get; init; }

    public string? ApprovalsPage { get; init; }

    /// <summary>The id of the login that ended, if it was named.</summary>
    public string? Id { get; init; }

    /// <summary>The number of logins that ended.</summary>
    public int? Ended { get; init; }

    public Person? User { get; init; }

    public string? ApiKeysUrl { get; init; }

    /// <summary>The name of the exit code.</summary>
    public string? Error { get; init; }

    public int? ExitCode { get; init; }

    public string? Message { get; init; }

    public string? Fix { get; init; }

    /// <summary>The server's error code.</summary>
    public string? ServerError { get; init; }

    /// <summary>Returns a text without the codes.</summary>
    public override string ToString() => $"{nameof(LoginEvent)} {{ Event = {Event} }}";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LoginEvent))]
internal sealed partial class LoginEventJson : JsonSerializerContext;
