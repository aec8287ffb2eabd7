namespace DeviceCode.Core.Devices;

using System.Globalization;
using global::DeviceCode.Core.Guesses;

/// <summary>Lifetimes and limits of device authorizations: the settings under <c>DeviceCode</c>.</summary>
public class DeviceAuthorizationOptions
{
    // The subject of a message about all settings. In a message about one client, OAuthOptions replaces it by the client's setting.
    internal const string TheSettingsMake = "The settings make";

    // The greatest acceptable probability of guessing a given user code, as a power of two (RFC 8628 §5.1).
    private const int MaxProbabilityExponent = -30;

    /// <summary>The name that the approver sees, in the login without OAuth clients.</summary>
    public string ClientName { get; set; } = "A command line";

    /// <summary>The lifetime of the codes: 1 to 60 minutes.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The minimum time between two polls: 1 to 60 seconds, in whole seconds.</summary>
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The number of letters in a user code: 6 to 9. With eight there are 2^34.6 codes.</summary>
    public int UserCodeLength { get; set; } = 8;

    /// <summary>How long expired authorizations are kept: 1 hour to 7 days.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many wrong user codes one person may enter within <see cref="WrongGuessWindow"/>: 1 to 1,000.</summary>
    public int WrongGuessesPerUser { get; set; } = 5;

    /// <summary>How many wrong user codes may be entered from one network within <see cref="WrongGuessWindow"/>: 1 to 1,000.</summary>
    public int WrongGuessesPerAddress { get; set; } = 20;

    /// <summary>The period in which wrong user codes are counted: 1 minute to 1 day.</summary>
    public TimeSpan WrongGuessWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How many codes one network may request within <see cref="CodesWindow"/>, per instance: 1 to 10,000.</summary>
    public int CodesPerAddress { get; set; } = 60;

    /// <summary>The period in which issued codes are counted: 1 second to 1 day.</summary>
    public TimeSpan CodesWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Returns the limits on wrong user codes.</summary>
    public GuessLimits ToGuessLimits() => new(WrongGuessesPerUser, WrongGuessesPerAddress, WrongGuessWindow);

    /// <summary>Checks the settings.</summary>
    /// <returns>One message for each invalid setting, with its name and how to fix it; none when all are valid.</returns>
    public virtual IEnumerable<string> Validate()
    {
        var failures = new List<string?>
        {
            string.IsNullOrWhiteSpace(ClientName) ? "DeviceCode:ClientName is empty. Set it to the name that the approver will see." : null,
            OutOfRange(nameof(CodeLifetime), CodeLifetime, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)),
            OutOfRange(nameof(PollingInterval), PollingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
            PollingInterval.Ticks % TimeSpan.TicksPerSecond != 0
                ? $"DeviceCode:PollingInterval is {PollingInterval:c}; it must be in whole seconds."
                : null,
            OutOfRange(nameof(UserCodeLength), UserCodeLength, UserCode.MinLength, UserCode.MaxLength),
            OutOfRange(nameof(Retention), Retention, TimeSpan.FromHours(1), TimeSpan.FromDays(7)),
            OutOfRange(nameof(WrongGuessesPerUser), WrongGuessesPerUser, 1, 1_000),
            OutOfRange(nameof(WrongGuessesPerAddress), WrongGuessesPerAddress, 1, 1_000),
            OutOfRange(nameof(WrongGuessWindow), WrongGuessWindow, TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)),
            OutOfRange(nameof(CodesPerAddress), CodesPerAddress, 1, 10_000),
            OutOfRange(nameof(CodesWindow), CodesWindow, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
        };

        if (failures.TrueForAll(failure => failure is null))
        {
            failures.Add(TooEasyToGuess());
        }

        return failures.OfType<string>();
    }

    /// <summary>Returns a copy with the lifetime or interval that a client has of its own.</summary>
    internal DeviceAuthorizationOptions With(TimeSpan? codeLifetime, TimeSpan? pollingInterval)
    {
        var copy = (DeviceAuthorizationOptions)MemberwiseClone();
        copy.CodeLifetime = codeLifetime ?? CodeLifetime;
        copy.PollingInterval = pollingInterval ?? PollingInterval;
        return copy;
    }

    /// <summary>
    /// While a code is valid, one person or one network may enter at most this many wrong ones; each of them matches a given code with
    /// a probability of one in <see cref="UserCode.CountOf"/>.
    /// </summary>
    private string? TooEasyToGuess()
    {
        var guesses = Math.Max(WrongGuessesPerUser, WrongGuessesPerAddress) * Math.Ceiling(CodeLifetime / WrongGuessWindow);
        var exponent = Math.Log2(guesses / UserCode.CountOf(UserCodeLength));
        return exponent <= MaxProbabilityExponent ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{TheSettingsMake} user codes too easy to guess: while a code is valid, {guesses:0} wrong codes are allowed, and one of them "
            + $"matches a given code of {UserCodeLength} letters with a probability of 2^{exponent:0.0}. The maximum is "
            + $"2^{MaxProbabilityExponent} (RFC 8628 §5.1). Lower DeviceCode:WrongGuessesPerUser and DeviceCode:WrongGuessesPerAddress, "
            + $"raise DeviceCode:UserCodeLength, shorten DeviceCode:CodeLifetime or lengthen DeviceCode:WrongGuessWindow.");
    }

    private static string? OutOfRange<T>(string name, T value, T least, T most)
        where T : IComparable<T>, IFormattable =>
        value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"DeviceCode:{name} is {value}; it must be from {least} to {most}.");
}
