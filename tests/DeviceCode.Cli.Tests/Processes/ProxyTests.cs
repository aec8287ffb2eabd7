namespace DeviceCode.Cli.Tests.Processes;

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DeviceCode.Cli.Running;
using DeviceCode.Testing;

/// <summary>Tests the command behind a real proxy, tinyproxy, with a server that has a certificate of its own.</summary>
[OnlyOnLinux("./dev installs tinyproxy on Linux only.")]
public sealed class ProxyTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-proxy-").FullName;
    private readonly string _host = Dns.GetHostName();
    private const string User = "alice", Password = "secret-of-the-proxy";

    private X509Certificate2 _certificate = null!;
    private FakeProvider _server = null!;
    private Process _proxy = null!;
    private int _port;

    private string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    private string Certificate => Path.Combine(_folder, "server.pem");

    public async ValueTask InitializeAsync()
    {
        using var key = ECDsa.Create();
        var request = new CertificateRequest($"CN={_host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(_host);
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(Certificate, _certificate.ExportCertificatePem());
        _server = await new FakeProvider().ListenAsync(_host, _certificate);

        while (_proxy is null)
        {
            _port = Azurite.FreePort();
            var configuration = Path.Combine(_folder, "tinyproxy.conf");
            await File.WriteAllTextAsync(configuration, $"""
                Port {_port}
                Listen 127.0.0.1
                Timeout 60
                LogFile "{Path.Combine(_folder, "log")}"
                LogLevel Connect
                MaxClients 20
                BasicAuth {User} {Password}
                """);
            var process = Process.Start(new ProcessStartInfo("tinyproxy", ["-d", "-c", configuration]) { RedirectStandardOutput = true })!;
            var clock = Stopwatch.StartNew();
            while (_proxy is null && !process.HasExited)
            {
                Assert.True(clock.Elapsed < CliProcess.Patience, "tinyproxy did not start.");
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(IPAddress.Loopback, _port);
                    _proxy = process;
                }
                catch (SocketException)
                {
                    await Task.Delay(50);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _proxy.Kill();
        await _proxy.WaitForExitAsync();
        _proxy.Dispose();
        _server.Dispose();
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("HTTPS_PROXY")]
    [InlineData("https_proxy")]
    [InlineData("ALL_PROXY")]
    public async Task A_login_and_a_request_go_through_the_proxy(string variable)
    {
        var cli = Cli((variable, $"http://{User}:{Password}@127.0.0.1:{_port}"), ("SSL_CERT_FILE", Certificate));

        (await cli.RunAsync("login", _server.Address.AbsoluteUri, "--client-id", "cli", "--storage", "file")).Ended(ExitCode.Ok);
        (await cli.RunAsync("request", "GET", $"{_server.Address}api")).Ended(ExitCode.Ok);

        Assert.Contains($"CONNECT {_host}:{_server.Address.Port}", Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_rejects_the_password_is_not_the_server()
    {
        var cli = Cli(("HTTPS_PROXY", $"http://{User}:wrong-password@127.0.0.1:{_port}"));

        var run = (await cli.RunAsync("login", _server.Address.AbsoluteUri, "-v")).Ended(ExitCode.Network);

        Assert.Contains($"error: The proxy does not allow requests to {_server.Address.Authority}.\n", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_in_NO_PROXY_is_reached_directly()
    {
        var cli = Cli(("HTTPS_PROXY", $"http://127.0.0.1:{_port}"), ("NO_PROXY", _host), ("SSL_CERT_FILE", Certificate));

        (await cli.RunAsync("login", _server.Address.AbsoluteUri, "--client-id", "cli", "--storage", "file")).Ended(ExitCode.Ok);

        Assert.DoesNotContain($"CONNECT {_host}", Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http_proxy")]
    [InlineData("HTTP_PROXY")]
    [InlineData("ALL_PROXY")]
    [InlineData("all_proxy")]
    public async Task A_server_on_this_machine_is_reached_directly(string variable)
    {
        using var local = await new FakeProvider().ListenAsync();
        var cli = Cli((variable, $"http://127.0.0.1:{_port}"));
        var address = $"http://localhost:{local.Address.Port}";

        // The fake's metadata name 127.0.0.1.
        (await cli.RunAsync("login", local.Address.AbsoluteUri, "--client-id", "cli", "--storage", "file")).Ended(ExitCode.Ok);
        (await cli.RunAsync("login", address, "-p", "user")).Ended(ExitCode.Ok);
        (await cli.RunAsync("whoami")).Ended(ExitCode.Ok);
        (await cli.RunAsync("request", "GET", $"{address}/api")).Ended(ExitCode.Ok);
        (await cli.RunAsync("logout")).Ended(ExitCode.Ok);

        Assert.DoesNotContain("Request", Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_that_is_down_is_named()
    {
        var port = Azurite.FreePort();
        var cli = Cli(("HTTPS_PROXY", $"http://127.0.0.1:{port}"));

        var run = (await cli.RunAsync("login", _server.Address.AbsoluteUri, "-v")).Ended(ExitCode.Network);

        Assert.EndsWith(
            $"error: The proxy 127.0.0.1:{port} cannot be reached.\n       Start it, correct HTTPS_PROXY, or add {_host} to NO_PROXY.\n",
            run.Error, StringComparison.Ordinal);
        Assert.Contains("Connection refused", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("login")]
    [InlineData("request")]
    public async Task A_certificate_of_an_unknown_authority_is_named_with_the_fix(string command)
    {
        var cli = Cli();
        if (command == "request")
        {
            using var local = await new FakeProvider().ListenAsync();
            (await cli.RunAsync("login", local.Address.AbsoluteUri, "--client-id", "cli", "--storage", "file")).Ended(ExitCode.Ok);
        }

        var run = (await cli.RunAsync(
            command == "login" ? ["login", _server.Address.AbsoluteUri, "-v"] : ["request", "GET", $"{_server.Address}api", "-v"]))
            .Ended(ExitCode.Network);

        Assert.Contains(
            $"error: The certificate of {_server.Address.Authority} was issued by an authority that this machine does not trust.\n",
            run.Error, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("inner exception", run.Error, StringComparison.Ordinal);
        Assert.Contains("RemoteCertificateChainErrors", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_named_as_such()
    {
        var cli = Cli(("SSL_CERT_FILE", Certificate));

        var run = (await cli.RunAsync("login", $"https://127.0.0.1:{_server.Address.Port}")).Ended(ExitCode.Network);

        Assert.StartsWith(
            $"error: The certificate of 127.0.0.1:{_server.Address.Port} was issued for another host name.\n", run.Error,
            StringComparison.Ordinal);
    }

    private CliProcess Cli(params (string Name, string Value)[] variables)
    {
        var cli = new CliProcess(_folder);
        foreach (var name in new[] { "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY" })
        {
            (cli.Environment[name], cli.Environment[name.ToLowerInvariant()]) = (null, null);
        }

        foreach (var (name, value) in variables)
        {
            cli.Environment[name] = value;
        }

        return cli;
    }
}
