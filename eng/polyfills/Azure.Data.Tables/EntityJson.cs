namespace Azure.Data.Tables;

using System.Buffers;
using System.Globalization;
using System.Text.Json;

/// <summary>Entities as the Table service writes them in JSON, with the types that are used here.</summary>
internal static class EntityJson
{
    public static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);

    public static ReadOnlyMemory<byte> Write(ITableEntity entity)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, value) in Dictionary(entity))
            {
                switch (value)
                {
                    case null:
                        break;
                    case string text:
                        json.WriteString(name, text);
                        break;
                    case bool flag:
                        json.WriteBoolean(name, flag);
                        break;
                    case int number:
                        json.WriteNumber(name, number);
                        break;
                    case Guid id:
                        json.WriteString(name, id);
                        json.WriteString(name + "@odata.type", "Edm.Guid");
                        break;
                    case DateTimeOffset at:
                        json.WriteString(name, Text(at));
                        json.WriteString(name + "@odata.type", "Edm.DateTime");
                        break;
                    default:
                        throw new NotSupportedException($"A property of {value.GetType()} is not used here.");
                }
            }

            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    public static T Read<T>(BinaryData content)
        where T : class, ITableEntity
    {
        using var json = JsonDocument.Parse(content);
        return Read<T>(json.RootElement);
    }

    public static IReadOnlyList<T> ReadMany<T>(BinaryData content)
        where T : class, ITableEntity
    {
        using var json = JsonDocument.Parse(content);
        return [.. json.RootElement.GetProperty("value").EnumerateArray().Select(Read<T>)];
    }

    private static T Read<T>(JsonElement json)
        where T : class, ITableEntity
    {
        var entity = new TableEntity();
        foreach (var property in json.EnumerateObject())
        {
            if (property.NameEquals("odata.etag"))
            {
                entity.ETag = new ETag(property.Value.GetString()!);
            }
            else if (!property.Name.StartsWith("odata.", StringComparison.Ordinal) && !property.Name.Contains('@', StringComparison.Ordinal))
            {
                var type = json.TryGetProperty(property.Name + "@odata.type", out var typeName) ? typeName.GetString() : null;
                entity[property.Name] = ValueOf(property, type);
            }
        }

        return (T)(ITableEntity)entity;
    }

    private static object ValueOf(JsonProperty property, string? type) => property.Value.ValueKind switch
    {
        JsonValueKind.String when type == "Edm.Guid" => property.Value.GetGuid(),
        JsonValueKind.String when type == "Edm.DateTime" || property.NameEquals("Timestamp") => property.Value.GetDateTimeOffset(),
        JsonValueKind.String => property.Value.GetString()!,
        JsonValueKind.Number => property.Value.GetInt32(),
        JsonValueKind.True or JsonValueKind.False => property.Value.GetBoolean(),
        _ => throw new NotSupportedException($"A property of type {type} is not used here."),
    };

    private static TableEntity Dictionary(ITableEntity entity) =>
        entity as TableEntity ?? throw new NotSupportedException("Only TableEntity is used here.");
}
