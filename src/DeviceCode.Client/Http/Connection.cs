namespace DeviceCode.Client;

/// <summary>How the library reaches servers and tells the time. The default is right outside of tests and tracing.</summary>
public sealed class Connection
{
    private static readonly SocketsHttpHandler Shared = CreateHandler();

    /// <summary>The system's clock and a handler that all connections share.</summary>
    public static Connection Default { get; } = new();

    /// <summary>What sends the requests. It must not follow redirects: an answer from elsewhere than asked is refused.</summary>
    public HttpMessageHandler Handler { get; init; } = Shared;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// How long one request may take, 15 seconds by default. A server that gives the answer to a lost poll again does so for half a minute;
    /// this leaves room for the next poll.
    /// </summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The <c>User-Agent</c> of every request. The person who approves may be shown it, and GitHub's API refuses requests without one.</summary>
    public string UserAgent { get; init; } = $"DeviceCode.Client/{typeof(Connection).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Random numbers from 0 to 1, to spread retries with; they protect nothing.</summary>
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>A new handler as the default one is, to be wrapped: no redirects, no cookies, the system's proxy.</summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };
}
