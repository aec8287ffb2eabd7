namespace DeviceCode.Cli.Login.Views;

using System.Globalization;
using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>Formats states and times for the user.</summary>
internal static class Wording
{
    /// <summary>Returns the state of a login as a sentence without its full stop.</summary>
    public static string Of(DeviceLoginProgress? progress) => progress switch
    {
        { State: DeviceLoginState.SlowDown } => string.Create(
            CultureInfo.InvariantCulture,
            $"Waiting for your approval (server asked to poll every {Math.Ceiling(progress.Interval.TotalSeconds)} s)"),
        { State: DeviceLoginState.Retrying, Failure: { } failure } => $"{Printable.Line(failure.Message).TrimEnd('.')}; trying again",
        { State: DeviceLoginState.Retrying } => "The server does not respond; trying again",
        _ => "Waiting for your approval",
    };

    /// <summary>Returns the time left as a clock: <c>14:32</c>, or <c>1:14:32</c>.</summary>
    public static string Clock(TimeSpan left)
    {
        var rest = left > TimeSpan.Zero ? TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds)) : TimeSpan.Zero;
        return rest.ToString(rest.TotalHours >= 1 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>Returns the time left in words: <c>15 minutes</c>.</summary>
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
