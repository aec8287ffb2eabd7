namespace DeviceCode.Client;

using System.Text.Json.Serialization;

/// <summary>Reads and writes what is kept between two runs of a program, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeviceAuthorization))]
[JsonSerializable(typeof(TokenSet))]
[JsonSerializable(typeof(Provider))]
public sealed partial class ClientJson : JsonSerializerContext;
