namespace DeviceCode.Client;

using System.Net;

/// <summary>The HTTP handler, the clock and the time-out of the library. Only tests and tracing need to replace the default.</summary>
public sealed class Transport
{
    private static readonly SocketsHttpHandler Shared = CreateHandler();

    /// <summary>The system clock and one handler that all instances share.</summary>
    public static Transport Default { get; } = new();

    /// <summary>
    /// Sends the requests; by default, <see cref="CreateHandler"/>. It must not follow redirects: a response from another URL than the
    /// requested one is rejected.
    /// </summary>
    public HttpMessageHandler Handler { get; init; } = Shared;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// The time-out of one request; 15 seconds by default. A DeviceCode service repeats the response to a lost poll for 30 seconds; after a
    /// time-out of 15 seconds, the next poll is still within them.
    /// </summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The <c>User-Agent</c> of every request. A server may show it to the approver, and GitHub's API rejects requests without one.
    /// </summary>
    public string UserAgent { get; init; } = $"DeviceCode.Client/{typeof(Transport).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>Returns random numbers from 0 to 1 that spread retries. They need not be cryptographically secure.</summary>
#pragma warning disable RS0030 // Jitter needs no RandomNumberGenerator.
    public Func<double> Jitter { get; init; } = Random.Shared.NextDouble;
#pragma warning restore RS0030

    /// <summary>Explains why a request to a URL got no response: the problem and its fix, such as an untrusted certificate.</summary>
    /// <param name="uri">The URL of the request.</param>
    /// <param name="exception">The exception of the handler.</param>
    public DeviceLoginException Explain(Uri uri, Exception exception)
    {
        ArgumentNullException.ThrowIfNull(uri);
        ArgumentNullException.ThrowIfNull(exception);
        return NetworkFailure.Of(uri, exception, RequestTimeout);
    }

    /// <summary>
    /// Creates a handler like the default one, to be wrapped: no redirects, no cookies, decompression, connections to the fastest of a
    /// host's addresses (RFC 8305), and the system's proxy, except for servers on this machine: a proxy would receive their codes and
    /// tokens unencrypted.
    /// </summary>
    /// <param name="accepts">
    /// Returns whether an address may be connected to, for a service that must not reach its own network. It is called with the addresses
    /// that are then used, so that a name cannot resolve to another one in between; no proxy is used. Null to accept all.
    /// </param>
    public static SocketsHttpHandler CreateHandler(Func<IPAddress, bool>? accepts = null) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        UseProxy = accepts is null,
        Proxy = accepts is null ? new SystemProxy() : null,
        ConnectCallback = (context, cancellationToken) => Connection.OpenAsync(context, accepts, cancellationToken),
        SslOptions = { RemoteCertificateValidationCallback = Connection.RequireTrusted },
    };
}
