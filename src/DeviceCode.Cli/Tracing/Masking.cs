namespace DeviceCode.Cli.Tracing;

using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

/// <summary>
/// Masks secrets in requests and responses. A secret is recognised by its name first, and by its value wherever it appears again.
/// </summary>
internal sealed partial class Masking
{
    private const string Mask = "****";

    // Shorter values are words like "true". Masking them everywhere would make the trace unreadable and protect nothing.
    private const int ShortestSecret = 8;

    private static readonly string[] SecretHeaders = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];

    private static readonly string[] Harmless =
    [
        "user_code", "token_type", "check_session_iframe", "Access-Control-Allow-Credentials", "error_code", "error_codes",
        "token_type_hint", "code_challenge", "code_challenge_method", "credentials",
    ];

    private static readonly string[] SecretWords =
        ["token", "secret", "code", "password", "verifier", "assertion", "key", "signature", "credential", "session", "refused"];

    private readonly HashSet<string> _seen = [];

    /// <summary>Masks the value of a header.</summary>
    public string Header(string name, string value)
    {
        if (!SecretHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) && !IsSecret(name))
        {
            // Some values are URLs with a query, such as Location.
            return Address(value);
        }

        // Keep the scheme: it shows how the client authenticates.
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        Remember(value[(space + 1)..]);
        return space > 0 && name.EndsWith("Authorization", StringComparison.OrdinalIgnoreCase) ? $"{value[..space]} {Mask}" : Mask;
    }

    /// <summary>Masks an absolute or relative URL, whose query and fragment can contain secrets.</summary>
    public string Address(string address)
    {
        var end = address.AsSpan().IndexOfAny('?', '#');
        return end < 0
            ? Text(address)
            : $"{Text(address[..end])}{address[end]}{string.Join('#', address[(end + 1)..].Split('#').Select(Form))}";
    }

    /// <summary>Masks a form in a body or a query.</summary>
    public string Form(string form) => string.Join('&', form.Split('&').Select(pair =>
    {
        var equals = pair.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0 || !IsSecret(Uri.UnescapeDataString(pair[..equals])))
        {
            return Text(pair);
        }

        Remember(Uri.UnescapeDataString(pair[(equals + 1)..].Replace('+', ' ')));
        return $"{pair[..equals]}={Mask}";
    }));

    /// <summary>Masks JSON; malformed JSON is replaced as a whole.</summary>
    public string Json(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            using var masked = new MemoryStream();
            using (var writer = new Utf8JsonWriter(masked))
            {
                Write(writer, document.RootElement, isSecret: false);
            }

            return Encoding.UTF8.GetString(masked.ToArray());
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // Secrets cannot be located in it.
            return $"({json.Length} bytes that are not JSON)";
        }
    }

    private void Write(Utf8JsonWriter writer, JsonElement element, bool isSecret)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    writer.WritePropertyName(Text(member.Name));
                    Write(writer, member.Value, isSecret || IsSecret(member.Name));
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(writer, item, isSecret);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when isSecret:
                Remember(element.GetString()!);
                writer.WriteStringValue(Mask);
                break;
            case JsonValueKind.String:
                // Mask before writing, because the escaped form of a secret would not be recognised.
                writer.WriteStringValue(Text(element.GetString()!));
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private string Text(string text) => _seen
        .OrderByDescending(secret => secret.Length)
        .Aggregate(Session.Replace(text, Mask), (masked, secret) => masked.Replace(secret, Mask, StringComparison.Ordinal));

    // The session of a credential broker, which is a secret in any place.
    [GeneratedRegex("dcs_[0-9A-Za-z]{8,}")]
    private static partial Regex Session { get; }

    private void Remember(string secret)
    {
        if (secret.Length >= ShortestSecret)
        {
            _seen.Add(secret);
            _seen.Add(Uri.EscapeDataString(secret));
        }
    }

    // Members of metadata are URLs and lists, even when their name contains a secret word.
    private static bool IsSecret(string name) =>
        !Harmless.Contains(name, StringComparer.OrdinalIgnoreCase)
        && !name.EndsWith("_endpoint", StringComparison.Ordinal)
        && !name.EndsWith("_supported", StringComparison.Ordinal)
        && !name.EndsWith("_url", StringComparison.Ordinal)
        && !name.EndsWith("_uri", StringComparison.Ordinal)
        && (SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase))
            || name.Equals("sig", StringComparison.OrdinalIgnoreCase));
}
