namespace DeviceCode.Client;

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

/// <summary>Connects to servers. Its failures name their cause, which <see cref="NetworkFailure"/> explains to the user.</summary>
internal static class Connection
{
    // RFC 8305 §5 recommends 250 ms.
    private static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>Connects to the server of a request, or to its proxy.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="accepts">Returns whether an address may be connected to; null to accept all.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    public static async ValueTask<Stream> OpenAsync(
        SocketsHttpConnectionContext context, Func<IPAddress, bool>? accepts, CancellationToken cancellationToken)
    {
        var (server, uri) = (context.DnsEndPoint, context.InitialRequestMessage.RequestUri!);
        var isProxy = context.InitialRequestMessage.Method == HttpMethod.Connect
            || server.Port != uri.Port
            || !server.Host.Trim('[', ']').Equals(uri.IdnHost, StringComparison.OrdinalIgnoreCase);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(server.Host, cancellationToken).ConfigureAwait(false);
            if (accepts is not null)
            {
                addresses = Array.FindAll(addresses, address => accepts(address)) is { Length: > 0 } accepted
                    ? accepted
                    : throw new ForbiddenAddressException(server.Host);
            }

            var socket = await RaceAsync(addresses, server.Port, cancellationToken).ConfigureAwait(false);
            return isProxy || uri.Scheme != Uri.UriSchemeHttps ? new NetworkStream(socket, ownsSocket: true) : new TlsStream(socket);
        }
        catch (SocketException failed) when (isProxy)
        {
            throw new ProxyException($"{server.Host}:{server.Port}", failed);
        }
    }

    /// <summary>
    /// Connects to the first address that accepts (RFC 8305, simplified): a further attempt begins when the last one has failed or has
    /// taken 250 ms, with addresses of both families in turn.
    /// </summary>
    /// <exception cref="SocketException">No address accepts; the reason of the first one.</exception>
    public static async Task<Socket> RaceAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Queue<IPAddress>(Alternate(addresses));
        var attempts = new List<Task<Socket>>();
        SocketException? reason = null;
        try
        {
            while (waiting.Count > 0 || attempts.Count > 0)
            {
                if (waiting.TryDequeue(out var address))
                {
                    attempts.Add(ConnectAsync(address, port, race.Token));
                }

                var delay = Task.Delay(
                    waiting.Count == 0 ? Timeout.InfiniteTimeSpan : AttemptDelay, TimeProvider.System, race.Token);
                if (await Task.WhenAny([delay, .. attempts]).ConfigureAwait(false) is not Task<Socket> attempt)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    continue;
                }

                attempts.Remove(attempt);
                try
                {
                    return await attempt.ConfigureAwait(false);
                }
                catch (SocketException failed)
                {
                    reason ??= failed;
                }
            }

            throw reason ?? new SocketException((int)SocketError.HostNotFound);
        }
        finally
        {
            await race.CancelAsync().ConfigureAwait(false);
            attempts.ForEach(attempt => _ = DisposeOfResultAsync(attempt));
        }
    }

    /// <summary>Rejects a certificate that the system does not trust, with the reason.</summary>
    /// <exception cref="CertificateException">The certificate is not trusted.</exception>
    public static bool RequireTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None ? true : throw new CertificateException(
            errors,
            (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status));

    // Keeps the order of the system within each family (RFC 6724), which has put the preferred family first.
    private static IEnumerable<IPAddress> Alternate(IPAddress[] addresses) => addresses
        .GroupBy(address => address.AddressFamily)
        .SelectMany(family => family.Index())
        .OrderBy(entry => entry.Index)
        .Select(entry => entry.Item);

    private static async Task<Socket> ConnectAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, port, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // An attempt that lost the race may still succeed before it notices the cancellation.
    private static async Task DisposeOfResultAsync(Task<Socket> attempt)
    {
        try
        {
            (await attempt.ConfigureAwait(false)).Dispose();
        }
        catch (Exception lost) when (lost is SocketException or OperationCanceledException)
        {
            // ConnectAsync has disposed of the socket.
        }
    }

    // Recognises a server without TLS by its first byte, where SslStream reports only a corrupted frame.
    private sealed class TlsStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        // The content types of TLS records (RFC 8446 §B.1).
        private const byte FirstType = 20, LastType = 24;

        private bool _isTls;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (!_isTls && read > 0)
            {
                _isTls = buffer.Span[0] is >= FirstType and <= LastType ? true : throw new NoTlsException();
            }

            return read;
        }
    }
}

/// <summary>The proxy does not accept the connection.</summary>
internal sealed class ProxyException(string proxy, Exception cause) : IOException($"The proxy {proxy} cannot be reached.", cause)
{
    /// <summary>The host and port of the proxy.</summary>
    public string Proxy { get; } = proxy;
}

/// <summary>The program does not allow connections to any of the server's addresses.</summary>
internal sealed class ForbiddenAddressException(string host) : IOException($"No address of {host} may be connected to.");

/// <summary>The server does not speak TLS.</summary>
internal sealed class NoTlsException() : AuthenticationException("The server's first bytes are not TLS.");

/// <summary>The server's certificate is not trusted.</summary>
internal sealed class CertificateException(SslPolicyErrors errors, X509ChainStatusFlags status)
    : AuthenticationException($"The certificate is not trusted: {errors}{(status == X509ChainStatusFlags.NoError ? "" : $" ({status})")}.")
{
    public SslPolicyErrors Errors { get; } = errors;

    public X509ChainStatusFlags Status { get; } = status;
}
