namespace DeviceCode.Cli.Commands;

using System.Text.Json.Serialization;

/// <summary>Serializes the output of the commands, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ProfileStatus))]
[JsonSerializable(typeof(ProviderOutput))]
[JsonSerializable(typeof(TokenOutput))]
[JsonSerializable(typeof(PersonOutput))]
[JsonSerializable(typeof(ActiveLoginOutput))]
internal sealed partial class CommandsJson : JsonSerializerContext;
