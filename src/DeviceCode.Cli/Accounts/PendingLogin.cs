namespace DeviceCode.Cli.Accounts;

using System.Text.Json;
using DeviceCode.Cli.Running;
using DeviceCode.Cli.Targets;
using DeviceCode.Client;

/// <summary>A login that another run of the command can continue. It is a secret, because it is enough to receive the tokens.</summary>
internal sealed record PendingLogin
{
    public required string Profile { get; init; }

    public required LoginTarget Target { get; init; }

    public required DeviceAuthorization Authorization { get; init; }

    /// <summary>
    /// Reads the output of <c>--no-wait</c>: the file, or the <c>code</c> event, whose member <c>resume</c> is the same object.
    /// </summary>
    public static PendingLogin Parse(ReadOnlySpan<byte> json)
    {
        json = UnicodeText.ToUtf8(json);
        try
        {
            if (JsonSerializer.Deserialize(json, AccountsJson.Default.ResumableEvent)?.Resume is { } inEvent)
            {
                return inEvent.IsValid() ? inEvent : throw NoLogin();
            }
        }
        catch (JsonException)
        {
            // It is not an event, so it must be the object itself.
        }

        try
        {
            var login = JsonSerializer.Deserialize(json, AccountsJson.Default.PendingLogin);
            return login?.IsValid() == true ? login : throw NoLogin();
        }
        catch (JsonException invalid)
        {
            // Not its message, which may contain part of a code.
            throw NoLogin(invalid);
        }
    }

    // Checks the conditions that the types of the members do not express.
    private bool IsValid() =>
        Authorization is { DeviceCode.Length: > 0, UserCode.Length: > 0 }
        && Authorization.VerificationUri.IsWeb()
        && Authorization.VerificationUriComplete?.IsWeb() != false;

    private static CommandException NoLogin(Exception? cause = null) => new(
        ExitCode.Usage,
        "The input of --resume does not contain a pending login.",
        "Use the file that --no-wait wrote, or the output of --no-wait --json.",
        cause);

    /// <summary>Returns a text without the codes.</summary>
    public override string ToString() => $"{nameof(PendingLogin)} {{ Profile = {Profile}, codes = **** }}";
}

/// <summary>The members of the <c>code</c> event that <c>--resume</c> needs.</summary>
internal sealed record ResumableEvent
{
    public required string Event { get; init; }

    public PendingLogin? Resume { get; init; }
}
