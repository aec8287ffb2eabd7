namespace DeviceCode.Worker.Tests;

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

/// <summary>A tenant of Entra ID behind real TLS. Processes started with <see cref="CertificateFile"/> trust its certificate.</summary>
public sealed class EntraServer : IAsyncDisposable
{
    private static readonly X509Certificate2 Certificate = NewCertificate();

    private readonly HttpMessageInvoker _tenant;
    private readonly int _port;
    private WebApplication? _app;

    private EntraServer(int port)
    {
        _port = port;
        Instance = $"https://localhost:{port}/";
        Tenant = new EntraTenant(Instance);
        _tenant = new HttpMessageInvoker(Tenant);
    }

    /// <summary>The certificate as a PEM file, for the environment variable <c>SSL_CERT_FILE</c>.</summary>
    public static string CertificateFile { get; } = WriteCertificate();

    /// <summary>The login address of this cloud.</summary>
    public string Instance { get; }

    public EntraTenant Tenant { get; }

    public static async Task<EntraServer> StartAsync()
    {
        while (true)
        {
            var server = new EntraServer(Azurite.FreePort());
            try
            {
                await server.StartAgainAsync();
                return server;
            }
            catch (IOException)
            {
                // Another process has taken the port since it was found free.
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Listens again, on the same port.</summary>
    public async Task StartAgainAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port, listen => listen.UseHttps(Certificate)));
        _app = builder.Build();
        _app.Run(RespondAsync);
        await _app.StartAsync();
    }

    /// <summary>Refuses connections from now on.</summary>
    public async Task StopAsync()
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await StopAsync();
        }

        _tenant.Dispose();
    }

    private async Task RespondAsync(HttpContext context)
    {
        var address = new Uri(new Uri(Instance), context.Request.Path + context.Request.QueryString);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await _tenant.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        context.Response.ContentType = "application/json";
        await response.Content.CopyToAsync(context.Response.Body);
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static string WriteCertificate()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("devicecode-entra-").FullName, "certificate.pem");
        File.WriteAllText(file, Certificate.ExportCertificatePem());
        return file;
    }
}
