namespace DeviceCode.Cli.Settings;

using System.Text.Json.Serialization;

/// <summary>Where tokens are kept.</summary>
[JsonConverter(typeof(TokenStorageConverter))]
internal enum TokenStorage
{
    /// <summary>The keyring of the system: libsecret, the macOS keychain, or DPAPI.</summary>
    [JsonStringEnumMemberName("keyring")]
    Keyring,

    /// <summary>A file that only its owner can read.</summary>
    [JsonStringEnumMemberName("file")]
    File,
}
