namespace DeviceCode.Cli;

using System.Text.Json.Serialization;
using DeviceCode.Cli.Commands;
using DeviceCode.Cli.Login;
using DeviceCode.Cli.Profiles;

/// <summary>Reads and writes what the command reads and writes, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Profile))]
[JsonSerializable(typeof(PendingLogin))]
[JsonSerializable(typeof(LoginEvent))]
[JsonSerializable(typeof(ProfileStatus))]
[JsonSerializable(typeof(ProviderEntry))]
[JsonSerializable(typeof(TokenAnswer))]
[JsonSerializable(typeof(PersonAnswer))]
internal sealed partial class CliJson : JsonSerializerContext;
