namespace DeviceCode.Cli.Login.Views;

using System.Text.Json;
using DeviceCode.Client;

/// <summary>Shows a login to programs, as one JSON object per line.</summary>
internal sealed class EventsView(TextWriter output, TimeProvider time) : ILoginView
{
    /// <summary>Creates the event of a code.</summary>
    public static LoginEvent CodeEvent(DeviceAuthorization authorization, TimeProvider time) => new()
    {
        Event = "code",
        UserCode = authorization.UserCode is { Length: > 0 } code ? code : null,
        VerificationUri = authorization.VerificationUri.AbsoluteUri,
        VerificationUriComplete = authorization.VerificationUriComplete?.AbsoluteUri,
        ExpiresAt = authorization.ExpiresAt,
        ExpiresIn = Math.Max(0, (long)(authorization.ExpiresAt - time.GetUtcNow()).TotalSeconds),
        Interval = authorization.Interval.TotalSeconds,
    };

    public static void Print(TextWriter output, LoginEvent loginEvent)
    {
        output.WriteLine(JsonSerializer.Serialize(loginEvent, LoginEventJson.Default.LoginEvent));
        output.Flush();
    }

    /// <inheritdoc />
    public Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        Print(output, CodeEvent(authorization, time));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public void Report(DeviceLoginProgress progress) => Print(output, new LoginEvent
    {
        Event = progress.State == DeviceLoginState.SlowDown ? "slow_down" : "pending",
        Interval = progress.Interval.TotalSeconds,
        NextPollIn = Math.Max(0, Math.Round((progress.NextPollAt - time.GetUtcNow()).TotalSeconds, 3)),
        Failure = progress.Failure?.Message,
    });

    /// <inheritdoc />
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
