namespace DeviceCode.Cli.Login;

using System.Text.Json;
using DeviceCode.Cli.Failures;
using DeviceCode.Client;

/// <summary>A login that another run of the command goes on with. A secret: whoever has it gets the tokens.</summary>
internal sealed record PendingLogin
{
    /// <summary>The profile that it is for.</summary>
    public required string Profile { get; init; }

    /// <summary>What it signs in to.</summary>
    public required LoginTarget Target { get; init; }

    /// <summary>The codes.</summary>
    public required DeviceAuthorization Authorization { get; init; }

    /// <summary>Reads what <c>--no-wait</c> has written: the file, or the <c>code</c> event, which has it in its member <c>resume</c>.</summary>
    public static PendingLogin Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, CliJson.Default.LoginEvent)?.Resume is { } inEvent)
            {
                return inEvent.HasWhatItNeeds() ? inEvent : throw NoLogin();
            }
        }
        catch (JsonException)
        {
            // No event, then.
        }

        try
        {
            return JsonSerializer.Deserialize(json, CliJson.Default.PendingLogin) is { } login && login.HasWhatItNeeds() ? login : throw NoLogin();
        }
        catch (JsonException wrong)
        {
            // Its message may have a part of a code.
            throw NoLogin(wrong);
        }
    }

    // What the types of the members allow and no login has.
    private bool HasWhatItNeeds() =>
        Target.Service is null != Target.Provider is null
        && Target.Service?.IsWeb() != false
        && Target.Provider?.HasOnlyWebAddresses() != false
        && Target.Parameters?.Values.Contains(null) != true
        && Authorization is { DeviceCode.Length: > 0, UserCode.Length: > 0 }
        && Authorization.VerificationUri.IsWeb()
        && Authorization.VerificationUriComplete?.IsWeb() != false;

    private static CommandException NoLogin(Exception? cause = null) => new(
        ExitCode.Usage, "That is no login to resume.", "Give --resume the file that --no-wait has named, or what it printed with --json.", cause);

    /// <summary>Never a code.</summary>
    public override string ToString() => $"{nameof(PendingLogin)} {{ Profile = {Profile}, codes = **** }}";
}
