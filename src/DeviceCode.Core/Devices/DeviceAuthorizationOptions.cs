namespace DeviceCode.Core.Devices;

using System.Globalization;

/// <summary>Lifetimes and limits of device authorizations: the settings under <c>DeviceCode</c>.</summary>
public sealed class DeviceAuthorizationOptions
{
    /// <summary>RFC 8628 §5.1 wants a guess to be this unlikely to hit a given code.</summary>
    private const int MaxChanceExponent = -30;

    /// <summary>How the approver is told who asks, when a client has no registered name.</summary>
    public string ClientName { get; set; } = "A command line";

    /// <summary>How long the codes live: 1 to 60 minutes.</summary>
    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>The least time between two polls: 1 to 60 seconds, whole ones.</summary>
    public TimeSpan PollingInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many letters a user code has: 6 to 9. Eight give 2^34.6 codes.</summary>
    public int UserCodeLength { get; set; } = 8;

    /// <summary>How long authorizations are kept after they have expired: 1 hour to 7 days.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many wrong user codes one person may enter within <see cref="WrongGuessWindow"/>: 1 to 1,000.</summary>
    public int WrongGuessesPerUser { get; set; } = 5;

    /// <summary>How many wrong user codes may come from one network within <see cref="WrongGuessWindow"/>: 1 to 1,000.</summary>
    public int WrongGuessesPerAddress { get; set; } = 20;

    /// <summary>The time within which wrong user codes are counted: 1 minute to 1 day.</summary>
    public TimeSpan WrongGuessWindow { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How many codes one network may ask for within <see cref="CodesWindow"/>, per instance: 1 to 10,000.</summary>
    public int CodesPerAddress { get; set; } = 60;

    /// <summary>The time within which issued codes are counted: 1 second to 1 day.</summary>
    public TimeSpan CodesWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The same with another lifetime or interval, for a client that has its own.</summary>
    internal DeviceAuthorizationOptions With(TimeSpan? codeLifetime, TimeSpan? pollingInterval)
    {
        var copy = (DeviceAuthorizationOptions)MemberwiseClone();
        copy.CodeLifetime = codeLifetime ?? CodeLifetime;
        copy.PollingInterval = pollingInterval ?? PollingInterval;
        return copy;
    }

    /// <summary>What is wrong with the settings, each with its name and what it may be; nothing when all is well.</summary>
    public IEnumerable<string> Validate()
    {
        var failures = new List<string?>
        {
            string.IsNullOrWhiteSpace(ClientName) ? "DeviceCode:ClientName is empty. Name the client as the approver shall see it." : null,
            OutOfRange(nameof(CodeLifetime), CodeLifetime, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)),
            OutOfRange(nameof(PollingInterval), PollingInterval, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)),
            PollingInterval.Ticks % TimeSpan.TicksPerSecond != 0 ? "DeviceCode:PollingInterval must be whole seconds." : null,
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

    /// <summary>
    /// While a code lives, one person or one network may enter at most this many wrong ones; each hits a given code with a
    /// chance of one in <see cref="UserCode.CountOf"/>.
    /// </summary>
    private string? TooEasyToGuess()
    {
        var guesses = Math.Max(WrongGuessesPerUser, WrongGuessesPerAddress) * Math.Ceiling(CodeLifetime / WrongGuessWindow);
        var exponent = Math.Log2(guesses / UserCode.CountOf(UserCodeLength));
        return exponent <= MaxChanceExponent ? null : string.Create(CultureInfo.InvariantCulture,
            $"""
             The settings let a user code be guessed: while it lives, {guesses:0} wrong codes are allowed, and one of them hits a given code of {UserCodeLength} letters with a chance of 2^{exponent:0.0} (RFC 8628 §5.1; at most 2^{MaxChanceExponent}). Lower DeviceCode:WrongGuessesPerUser and DeviceCode:WrongGuessesPerAddress, raise DeviceCode:UserCodeLength, shorten DeviceCode:CodeLifetime or lengthen DeviceCode:WrongGuessWindow.
             """);
    }

    private static string? OutOfRange<T>(string name, T value, T least, T most)
        where T : IComparable<T>, IFormattable =>
        value.CompareTo(least) >= 0 && value.CompareTo(most) <= 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"DeviceCode:{name} is {value}; it must be from {least} to {most}.");
}
