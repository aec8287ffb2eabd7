namespace DeviceCode.Client;

using System.Globalization;
using System.Text;
using System.Text.Json;

/// <summary>The response to one request: a JSON object, or the reason why there is none.</summary>
internal sealed class ServerResponse
{
    private static readonly TimeSpan MaxSeconds = TimeSpan.FromDays(3660);

    /// <summary>The HTTP status; 0 when there was no response.</summary>
    public int Status { get; init; }

    /// <summary>The object in the body; undefined when there is a <see cref="Failure"/>.</summary>
    public JsonElement Json { get; init; }

    /// <summary>The reason why there is no JSON object: no response, a redirect, or a body that is too large or not JSON.</summary>
    public DeviceLoginException? Failure { get; init; }

    /// <summary>The time that the server asks the client to wait (<c>Retry-After</c>).</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Values of the request that must never be displayed, even when the server echoes them.</summary>
    public IReadOnlyCollection<string> Secrets { get; init; } = [];

    /// <summary>
    /// Whether the same request may succeed later: 408, 425 (RFC 8470), 429 (RFC 6585) or a fault of the server. Only the status decides.
    /// </summary>
    public bool IsTransient => Status is 408 or 425 or 429 or >= 500;

    public bool IsSuccess => Status is >= 200 and < 300 && Failure is null;

    /// <summary>The error code (RFC 6749 §5.2), whatever the status: GitHub sends errors with HTTP 200.</summary>
    public string? Error => Line(OAuthNames.Error) ?? (IsSuccess ? null : Line(OAuthNames.ErrorCode));

    /// <summary>The server's description of the error, safe to display.</summary>
    public string? ErrorDescription => Line(OAuthNames.ErrorDescription);

    /// <summary>Returns a string member unchanged; null when it is missing, empty or not a string.</summary>
    public string? Text(string name) =>
        Member(name) is { ValueKind: JsonValueKind.String } member && member.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>Returns a string member made safe to display: on one line, without control characters, secrets masked.</summary>
    public string? Line(string name, int maxLength = 500) =>
        Clean(Secrets.Aggregate(Text(name), (text, secret) => text?.Replace(secret, "****", StringComparison.Ordinal)), maxLength);

    /// <summary>
    /// Returns a code or token; null when it is missing or has other than visible ASCII characters (RFC 6749 appendix A).
    /// </summary>
    public string? Token(string name) => Text(name) is { } text && text.All(c => c is >= ' ' and <= '~') ? text : null;

    /// <summary>Returns a URL; null when it is missing or neither https nor http.</summary>
    public Uri? Url(string name) =>
        Uri.TryCreate(Text(name), UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            ? uri
            : null;

    /// <summary>Returns a number of seconds, also one in quotes; null when it is missing, negative or not a number.</summary>
    public TimeSpan? Seconds(string name)
    {
        if (Member(name) is not { } member)
        {
            return null;
        }

        var text = member.ValueKind == JsonValueKind.Number ? member.GetRawText() : Text(name);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds.TotalSeconds))
            : null;
    }

    /// <summary>Returns a lifetime in seconds; null also for 0, which servers send when they mean "unknown".</summary>
    public TimeSpan? Lifetime(string name) => Seconds(name) is { Ticks: > 0 } lifetime ? lifetime : null;

    /// <summary>Returns the digits of a whole number; null when it is missing or not a whole number.</summary>
    public string? Number(string name) =>
        Member(name) is { ValueKind: JsonValueKind.Number } member && member.TryGetInt64(out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : null;

    /// <summary>Returns the strings in an array; empty when it is missing.</summary>
    public IEnumerable<string> Texts(string name) => Member(name) is { ValueKind: JsonValueKind.Array } member
        ? member.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
        : [];

    /// <summary>Returns a nested object; empty when it is missing.</summary>
    public ServerResponse Inner(string name) => new() { Json = Member(name) ?? default, Secrets = Secrets };

    /// <summary>Returns the objects in an array; empty when it is missing.</summary>
    public IEnumerable<ServerResponse> Items(string name) => Member(name) is { ValueKind: JsonValueKind.Array } member
        ? member.EnumerateArray().Select(item => new ServerResponse { Json = item, Secrets = Secrets })
        : [];

    /// <summary>Returns the words in an array or, separated by spaces, in a string, cleaned of control characters.</summary>
    public IReadOnlyList<string> Words(string name) =>
    [
        .. (Line(name, maxLength: int.MaxValue)?.Split(' ') ?? Texts(name))
            .Where(word => word.Length > 0 && !word.Any(char.IsControl)),
    ];

    /// <summary>Returns a time (RFC 3339); null when it is missing or malformed.</summary>
    public DateTimeOffset? Time(string name) =>
        DateTimeOffset.TryParse(Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public bool Has(string name) => Member(name) is not null;

    /// <summary>Returns whether a member is <c>true</c>.</summary>
    public bool IsTrue(string name) => Member(name) is { ValueKind: JsonValueKind.True };

    private JsonElement? Member(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var member) ? member : null;

    private static string? Clean(string? text, int maxLength)
    {
        if (text is null)
        {
            return null;
        }

        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (Rune.IsWhiteSpace(rune) || category == UnicodeCategory.Control)
            {
                if (clean.Length > 0 && clean[^1] != ' ')
                {
                    clean.Append(' ');
                }
            }
            else if (category is not (UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned))
            {
                clean.Append(rune);
            }

            if (clean.Length >= maxLength)
            {
                return clean.Append('…').ToString();
            }
        }

        return clean.ToString().Trim() is { Length: > 0 } some ? some : null;
    }
}
