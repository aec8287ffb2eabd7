namespace DeviceCode.Core.Broker;

using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

/// <summary>Wakes the broker when no reader does. Alarms may come late, twice or not at all: the row decides what is done.</summary>
public interface ICredentialAlarm
{
    /// <summary>Sends an alarm that arrives after a delay.</summary>
    /// <exception cref="StoreUnavailableException">The alarm cannot be stored.</exception>
    Task SetAsync(CredentialAlarm alarm, TimeSpan delay, CancellationToken cancellationToken);
}

/// <summary>An alarm: its text contains only hashes and, for a revocation, a sealed token.</summary>
public sealed record CredentialAlarm
{
    // The limit of a queue message is 64 KiB.
    private const int MaxLength = 60 * 1024;

    /// <summary>The hash of the owner.</summary>
    public required string OwnerKey { get; init; }

    /// <summary>The hash of the name.</summary>
    public required string NameKey { get; init; }

    /// <summary>The login.</summary>
    public required Guid Flow { get; init; }

    /// <summary>For a revocation: the provider; null for a poll.</summary>
    public string? ProviderId { get; init; }

    /// <summary>For a revocation: the sealed tokens.</summary>
    public byte[]? SealedTokens { get; init; }

    /// <summary>For a revocation: when to give up, in UTC.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>For a revocation: the number of attempts.</summary>
    public int Attempts { get; init; }

    /// <summary>Reads an alarm; false when it is malformed.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CredentialAlarm? alarm)
    {
        try
        {
            alarm = JsonSerializer.Deserialize(text, BrokerJson.Default.CredentialAlarm);
            return alarm is { OwnerKey: not null, NameKey: not null };
        }
        catch (JsonException)
        {
            alarm = null;
            return false;
        }
    }

    /// <summary>Returns the alarm as a text; null when it is too long for a queue.</summary>
    public string? Write() =>
        JsonSerializer.Serialize(this, BrokerJson.Default.CredentialAlarm) is { Length: <= MaxLength } text ? text : null;

    /// <summary>Identifies the alarm without its tokens.</summary>
    public override string ToString() => $"CredentialAlarm({NameKey})";

    /// <summary>The alarm of the polls of a login.</summary>
    internal static CredentialAlarm Of(Credential credential) => new()
    {
        OwnerKey = credential.OwnerKey,
        NameKey = credential.NameKey,
        Flow = credential.Flow,
    };
}
