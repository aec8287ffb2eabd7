namespace DeviceCode.Cli.Accounts;

using System.Text.Json.Serialization;
using DeviceCode.Cli.Configuration;
using DeviceCode.Cli.Targets;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>A completed login, without its tokens. It contains no secret.</summary>
internal sealed record Profile
{
    /// <summary>The target, with every endpoint that was discovered.</summary>
    public required LoginTarget Target { get; init; }

    public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>The user; null when the provider does not say.</summary>
    public Person? User { get; init; }

    /// <summary>The page with the user's API keys; null when the service has none.</summary>
    public Uri? ApiKeysUrl { get; init; }

    /// <summary>Where the tokens are stored; null when there are none.</summary>
    public TokenStorage? Storage { get; init; }
}

/// <summary>The user who signed in.</summary>
internal sealed record Person(string Name, string? Email)
{
    public static Person Of(UserInfo user) => new(user.Name ?? user.Username ?? user.Email ?? user.Subject, user.Email);

    /// <summary>Returns the user as mail programs write an address.</summary>
    public override string ToString() => Printable.Line(Email is null || Email == Name ? Name : $"{Name} <{Email}>");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Profile))]
[JsonSerializable(typeof(PendingLogin))]
[JsonSerializable(typeof(ResumableEvent))]
internal sealed partial class AccountsJson : JsonSerializerContext;
