namespace DeviceCode.Cli.Commands.Credentials;

using System.Text.Json.Serialization;

/// <summary>Serializes the output of the commands, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(CredentialOutput))]
[JsonSerializable(typeof(CredentialProviderOutput))]
[JsonSerializable(typeof(CredentialTokenOutput))]
internal sealed partial class CredentialsJson : JsonSerializerContext;
