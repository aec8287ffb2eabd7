namespace DeviceCode.Cli.Tracing;

using System.Text;
using System.Text.Json;

/// <summary>Replaces secrets in what goes over the wire by asterisks: by their names, and then wherever the same value comes again.</summary>
internal sealed class Masking
{
    private const string Mask = "****";

    // Shorter values are words like "true"; replacing them would make the trace unreadable and protect nothing.
    private const int ShortestSecret = 8;

    private static readonly string[] SecretHeaders = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"];
    private static readonly string[] Harmless = ["user_code", "token_type", "check_session_iframe", "Access-Control-Allow-Credentials", "error_code", "error_codes", "token_type_hint", "code_challenge", "code_challenge_method"];
    private static readonly string[] SecretWords = ["token", "secret", "code", "password", "verifier", "assertion", "key", "signature", "credential", "session"];

    private readonly HashSet<string> _seen = [];

    /// <summary>A header's value.</summary>
    public string Header(string name, string value)
    {
        if (!SecretHeaders.Contains(name, StringComparer.OrdinalIgnoreCase) && !IsSecret(name))
        {
            // Some are addresses, such as Location, and have a query like one.
            return Address(value);
        }

        // The scheme says how the client authenticates, which is what one looks for in a trace.
        var space = value.IndexOf(' ', StringComparison.Ordinal);
        Remember(value[(space + 1)..]);
        return space > 0 && name.EndsWith("Authorization", StringComparison.OrdinalIgnoreCase) ? $"{value[..space]} {Mask}" : Mask;
    }

    /// <summary>An address, whole or relative; its query and its fragment can have secrets.</summary>
    public string Address(string address)
    {
        var end = address.AsSpan().IndexOfAny('?', '#');
        return end < 0 ? Text(address) : $"{Text(address[..end])}{address[end]}{string.Join('#', address[(end + 1)..].Split('#').Select(Form))}";
    }

    /// <summary>A form, as in a body or a query.</summary>
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

    /// <summary>JSON, or what claims to be.</summary>
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
            // Nobody knows where the secrets are in that.
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
                // Before it is written: what JSON escapes would not be known again.
                writer.WriteStringValue(Text(element.GetString()!));
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private string Text(string text) => _seen.OrderByDescending(secret => secret.Length).Aggregate(text, (masked, secret) => masked.Replace(secret, Mask, StringComparison.Ordinal));

    private void Remember(string secret)
    {
        if (secret.Length >= ShortestSecret)
        {
            _seen.Add(secret);
            _seen.Add(Uri.EscapeDataString(secret));
        }
    }

    // Members of metadata are addresses, whatever they are called.
    private static bool IsSecret(string name) =>
        !Harmless.Contains(name, StringComparer.OrdinalIgnoreCase)
        && !name.EndsWith("_endpoint", StringComparison.Ordinal)
        && !name.EndsWith("_supported", StringComparison.Ordinal)
        && !name.EndsWith("_url", StringComparison.Ordinal)
        && !name.EndsWith("_uri", StringComparison.Ordinal)
        && (SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)) || name.Equals("sig", StringComparison.OrdinalIgnoreCase));
}
