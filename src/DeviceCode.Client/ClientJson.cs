namespace DeviceCode.Client;

using System.Text.Json.Serialization;

/// <summary>Serializes the types that a program stores between two runs, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeviceAuthorization))]
[JsonSerializable(typeof(TokenSet))]
[JsonSerializable(typeof(Provider))]
[JsonSerializable(typeof(PollPace))]
[JsonSerializable(typeof(AuthorizationRequest))]
public sealed partial class ClientJson : JsonSerializerContext;
