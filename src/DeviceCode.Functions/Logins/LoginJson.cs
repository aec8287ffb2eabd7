namespace DeviceCode.Functions.Logins;

using System.Text.Json.Serialization;
using DeviceCode.Core.OAuth;

/// <summary>The responses of <c>/auth/device/logins</c> and <c>/management/logins</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoginsResponse))]
[JsonSerializable(typeof(EndedResponse))]
internal sealed partial class LoginJson : JsonSerializerContext;

/// <summary>A page of logins.</summary>
/// <param name="Logins">The newest first.</param>
/// <param name="Next">The value of <c>after</c> for the next page; omitted on the last page.</param>
internal sealed record LoginsResponse(IReadOnlyList<ListedLogin> Logins, string? Next);

/// <summary>The number of logins that the request ended.</summary>
/// <param name="Ended">The number.</param>
/// <param name="Next">The value of <c>after</c> with which the request continues; omitted when it is done.</param>
internal sealed record EndedResponse(int Ended, string? Next = null);

/// <summary>A login. Times are in UTC (RFC 3339).</summary>
internal sealed record ListedLogin(
    string Id,
    string ClientId,
    string ClientName,
    string Scope,
    DateTime CreatedAt,
    ListedOrigin CreatedFrom,
    DateTime LastUsedAt,
    ListedOrigin LastUsedFrom,
    DateTime? ExpiresAt)
{
    /// <summary>Whether it is the login of the token in the request.</summary>
    public bool? Current { get; init; }

    /// <summary>For administrators: the owner.</summary>
    public ListedOwner? User { get; init; }

    /// <summary>Returns a login for its owner.</summary>
    public static ListedLogin From(Login login, ClientRegistry clients) => new(
        login.Id.ToString(),
        login.ClientId,
        clients.NameOf(login.ClientId),
        login.Scope,
        login.Created.At.UtcDateTime,
        ListedOrigin.From(login.Created),
        login.LastUsed.At.UtcDateTime,
        ListedOrigin.From(login.LastUsed),
        login.EndsAt?.UtcDateTime);
}

/// <summary>Where a client was.</summary>
internal sealed record ListedOrigin(string? Ip, string? UserAgent)
{
    public static ListedOrigin From(LoginUse use) => new(use.From.Address?.ToString(), use.From.UserAgent);
}

/// <summary>The owner of a login.</summary>
internal sealed record ListedOwner(string Id, string? Email, string DisplayName);
