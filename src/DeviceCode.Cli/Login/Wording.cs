namespace DeviceCode.Cli.Login;

using System.Globalization;
using DeviceCode.Client;

/// <summary>How states and times are told to a person.</summary>
internal static class Wording
{
    /// <summary>What is going on, in one sentence without its full stop.</summary>
    public static string Of(DeviceLoginProgress? progress) => progress switch
    {
        { State: DeviceLoginState.SlowDown } => string.Create(
            CultureInfo.InvariantCulture, $"Waiting for your approval, asking every {Math.Ceiling(progress.Interval.TotalSeconds)} s as the server wishes"),
        { State: DeviceLoginState.Trouble, Trouble: { } trouble } => $"{Terminal.Printable.Line(trouble.Message).TrimEnd('.')}; trying again",
        { State: DeviceLoginState.Trouble } => "The server does not answer; trying again",
        _ => "Waiting for your approval",
    };

    /// <summary>A time that is left, as a clock shows it: <c>14:32</c>, or <c>1:14:32</c>.</summary>
    public static string Clock(TimeSpan left)
    {
        var rest = left > TimeSpan.Zero ? TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds)) : TimeSpan.Zero;
        return rest.ToString(rest.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>A time that is left, in words: <c>15 minutes</c>.</summary>
    public static string Roughly(TimeSpan left) => left switch
    {
        { TotalSeconds: < 90 } => Count(left.TotalSeconds, "second"),
        { TotalMinutes: < 90 } => Count(left.TotalMinutes, "minute"),
        { TotalHours: < 36 } => Count(left.TotalHours, "hour"),
        _ => Count(left.TotalDays, "day"),
    };

    private static string Count(double number, string unit) => Math.Max(0, (int)Math.Round(number)) is var count && count == 1
        ? $"1 {unit}"
        : string.Create(CultureInfo.InvariantCulture, $"{count} {unit}s");
}
