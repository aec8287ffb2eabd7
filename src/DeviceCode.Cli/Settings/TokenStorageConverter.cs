namespace DeviceCode.Cli.Settings;

using System.Text.Json.Serialization;

/// <summary>Reads and writes places of storage by their names; their numbers mean nothing to anybody.</summary>
internal sealed class TokenStorageConverter() : JsonStringEnumConverter<TokenStorage>(namingPolicy: null, allowIntegerValues: false);
