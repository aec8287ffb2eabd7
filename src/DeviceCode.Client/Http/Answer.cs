namespace DeviceCode.Client;

using System.Globalization;
using System.Text.Json;

/// <summary>A server's answer to one request: a JSON object, or the trouble that there is none.</summary>
internal sealed class Answer
{
    private static readonly TimeSpan MaxSeconds = TimeSpan.FromDays(3660);

    /// <summary>The HTTP status; 0 when there was no answer.</summary>
    public int Status { get; init; }

    /// <summary>The object in the body; undefined when there is <see cref="Trouble"/>.</summary>
    public JsonElement Json { get; init; }

    /// <summary>Why there is no object in the body: no answer, or no JSON, or too much of it.</summary>
    public DeviceLoginException? Trouble { get; init; }

    /// <summary>How long the server asks to be left alone (<c>Retry-After</c>).</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What was sent and must not be shown, even when the server sends it back.</summary>
    public IReadOnlyCollection<string> Secrets { get; init; } = [];

    public bool IsSuccess => Status is >= 200 and < 300 && Trouble is null;

    /// <summary>The code of an error (RFC 6749 §5.2), with whatever status it came: GitHub's come with 200.</summary>
    public string? Error => Line("error") ?? (IsSuccess ? null : Line("error_code"));

    /// <summary>What the server says about the error, fit to be shown.</summary>
    public string? ErrorDescription => Line("error_description");

    /// <summary>The text of a member as it is; null when it is not there, or no string.</summary>
    public string? Text(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String && member.GetString() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>The text of a member, fit to be shown.</summary>
    public string? Line(string name, int maxLength = 500) =>
        ServerText.Clean(Secrets.Aggregate(Text(name), (text, secret) => text?.Replace(secret, "****", StringComparison.Ordinal)), maxLength);

    /// <summary>A code or token: visible ASCII characters (RFC 6749 appendix A); null when it is not there, or not that.</summary>
    public string? Token(string name) => Text(name) is { } text && text.All(c => c is >= ' ' and <= '~') ? text : null;

    /// <summary>The address in a member; null when it is not there, or neither https nor http.</summary>
    public Uri? Web(string name) =>
        Uri.TryCreate(Text(name), UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) ? uri : null;

    /// <summary>A number of seconds, also one in quotes; null when it is not there, or none that makes sense.</summary>
    public TimeSpan? Seconds(string name)
    {
        if (Json.ValueKind != JsonValueKind.Object || !Json.TryGetProperty(name, out var member))
        {
            return null;
        }

        var text = member.ValueKind == JsonValueKind.Number ? member.GetRawText() : Text(name);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds.TotalSeconds))
            : null;
    }

    /// <summary>A number of seconds that something is good for; null also for 0, which no server means.</summary>
    public TimeSpan? Lifetime(string name) => Seconds(name) is { Ticks: > 0 } lifetime ? lifetime : null;

    /// <summary>The digits of a whole number; null when it is not there, or no number.</summary>
    public string? Number(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : null;

    /// <summary>The strings in an array; empty when it is not there.</summary>
    public IEnumerable<string> Texts(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Array
            ? member.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)
            : [];

    /// <summary>The object in a member, to be read in the same way; empty when it is not there.</summary>
    public Answer Inner(string name) => new() { Json = Has(name) ? Json.GetProperty(name) : default, Secrets = Secrets };

    public bool Has(string name) => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out _);
}
