namespace DeviceCode.Cli.Login;

using System.Text.Json;
using DeviceCode.Client;

/// <summary>A login for programs: one JSON object a line.</summary>
internal sealed class EventsView(TextWriter output, TimeProvider time) : ILoginView
{
    /// <summary>The event of a code.</summary>
    public static LoginEvent CodeEvent(DeviceAuthorization authorization, TimeProvider time) => new()
    {
        Event = "code",
        UserCode = authorization.UserCode,
        VerificationUri = authorization.VerificationUri.AbsoluteUri,
        VerificationUriComplete = authorization.VerificationUriComplete?.AbsoluteUri,
        ExpiresAt = authorization.ExpiresAt,
        ExpiresIn = Math.Max(0, (long)(authorization.ExpiresAt - time.GetUtcNow()).TotalSeconds),
        Interval = authorization.Interval.TotalSeconds,
    };

    /// <summary>Prints an event.</summary>
    public static void Print(TextWriter output, LoginEvent told)
    {
        output.WriteLine(JsonSerializer.Serialize(told, CliJson.Default.LoginEvent));
        output.Flush();
    }

    /// <inheritdoc />
    public Task<T> ShowWhileAsync<T>(DeviceAuthorization authorization, Func<IDeviceLoginPrompt, Task<T>> poll)
    {
        Print(output, CodeEvent(authorization, time));
        return poll(new Progress(progress => Print(output, new LoginEvent
        {
            Event = progress.State == DeviceLoginState.SlowDown ? "slow_down" : "pending",
            Interval = progress.Interval.TotalSeconds,
            NextPollIn = Math.Max(0, Math.Round((progress.NextPollAt - time.GetUtcNow()).TotalSeconds, 3)),
            Trouble = progress.Trouble?.Message,
        })));
    }
}
