namespace DeviceCode.Client.Tests.Http;

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DeviceCode.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

/// <summary>Tests connections to real servers: some are dead, some have the wrong certificate.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task An_address_that_never_answers_delays_the_next_one_only_for_a_moment()
    {
        SkipUnlessLinux();
        using var dead = new DeadPort();
        using var living = new TcpListener(IPAddress.Parse("127.0.0.2"), dead.Port);
        living.Start();

        using var socket = await Connection.RaceAsync(
            [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")], dead.Port, CancellationToken.None);

        Assert.Equal(IPAddress.Parse("127.0.0.2"), ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }

    [Fact]
    public async Task An_address_that_rejects_the_connection_is_followed_by_the_next()
    {
        SkipUnlessLinux();
        using var living = new TcpListener(IPAddress.Loopback, 0);
        living.Start();
        var port = ((IPEndPoint)living.LocalEndpoint).Port;

        using var socket = await Connection.RaceAsync([IPAddress.Parse("127.0.0.3"), IPAddress.Loopback], port, CancellationToken.None);

        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task When_no_address_accepts_the_first_reason_is_reported()
    {
        SkipUnlessLinux();
        var failure = await Assert.ThrowsAsync<SocketException>(() => Connection.RaceAsync(
            [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")], Azurite.FreePort(), CancellationToken.None));

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task A_race_that_is_cancelled_ends()
    {
        SkipUnlessLinux();
        using var dead = new DeadPort();
        using var cancellation = new CancellationTokenSource();
        var race = Connection.RaceAsync([IPAddress.Loopback], dead.Port, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => race);
    }

    public static TheoryData<string, string, string> BadCertificates => new()
    {
        { "untrusted", "was issued by an authority that this machine does not trust.", "SSL_CERT_FILE" },
        { "expired", "has expired, or is not valid yet.", "clock" },
        { "future", "has expired, or is not valid yet.", "clock" },
    };

    [Theory]
    [MemberData(nameof(BadCertificates))]
    public async Task A_certificate_that_is_not_trusted_is_named_with_its_fault(string fault, string message, string fix)
    {
        await using var server = await StartAsync(Certificate(fault));

        var failure = await FailureAsync(server.Address);

        Assert.Equal($"The certificate of {server.Address.Authority} {message}", failure.Message);
        Assert.Contains(fix, failure.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_for_another_name_is_named_as_such()
    {
        var failure = NetworkFailure.Of(
            new Uri("https://as.example"),
            new HttpRequestException(
                HttpRequestError.SecureConnectionError,
                inner: new CertificateException(System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch, default)),
            TimeSpan.FromSeconds(15));

        Assert.Equal("The certificate of as.example was issued for another host name.", failure.Message);
    }

    [Fact]
    public async Task An_https_address_whose_port_speaks_plain_http_is_named_as_such()
    {
        await using var server = await WebServer.StartAsync(_ => { });

        var failure = await FailureAsync(new UriBuilder(server.Address) { Scheme = "https" }.Uri);

        Assert.Equal($"{server.Address.Authority} does not use TLS, although its URL begins with https.", failure.Message);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5000/")]
    [InlineData("http://127.9.9.9/")]
    [InlineData("https://localhost/")]
    [InlineData("https://LOCALHOST/")]
    [InlineData("https://localhost./")]
    [InlineData("https://as.localhost/")]
    [InlineData("http://[::1]:5000/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    public void This_machine_is_never_behind_a_proxy(string uri)
    {
        var proxy = Assert.IsType<SystemProxy>(Transport.CreateHandler().Proxy);

        Assert.True(proxy.IsBypassed(new Uri(uri)));
        Assert.Null(proxy.GetProxy(new Uri(uri)));
    }

    // Other systems have one loopback address of IPv4, or reject a connection when the queue is full.
    private static void SkipUnlessLinux() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The loopback addresses and the queue are those of Linux.");

    private static async Task<DeviceLoginException> FailureAsync(Uri server)
    {
        using var handler = Transport.CreateHandler();
        var login = new DeviceLogin(new()
        {
            Provider = Providers.Discover(server),
            ClientId = "cli",
            Transport = new Transport { Handler = handler },
        });
        var failure = await Assert.ThrowsAsync<DeviceLoginException>(() => login.DiscoverAsync());
        Assert.Equal(DeviceLoginFailure.Network, failure.Failure);
        return failure;
    }

    private static X509Certificate2 Certificate(string fault)
    {
        using var key = ECDsa.Create();
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        var (from, to) = fault switch
        {
            "expired" => (now.AddYears(-2), now.AddYears(-1)),
            "future" => (now.AddYears(1), now.AddYears(2)),
            _ => (now.AddYears(-1), now.AddYears(1)),
        };

        // Windows requires a key that was imported.
        return X509CertificateLoader.LoadPkcs12(request.CreateSelfSigned(from, to).Export(X509ContentType.Pkcs12), null);
    }

    private static async Task<TlsServer> StartAsync(X509Certificate2 certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listener => listener.UseHttps(certificate)));
        var app = builder.Build();
        await app.StartAsync();
        return new TlsServer(app);
    }

    private sealed class TlsServer(WebApplication app) : IAsyncDisposable
    {
        public Uri Address => new(app.Urls.Single());

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }

    // A port that accepts no further connection, because its queue is full: Linux drops the packets of further clients.
    private sealed class DeadPort : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _clients = [];

        public DeadPort()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(1);
            for (var i = 0; i < 8; i++)
            {
                var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _clients.Add(client);
                try
                {
                    client.Connect(IPAddress.Loopback, Port);
                }
                catch (SocketException waiting) when (waiting.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
                {
                    // It never completes.
                }
            }
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose()
        {
            _clients.ForEach(client => client.Dispose());
            _listener.Dispose();
        }
    }
}
