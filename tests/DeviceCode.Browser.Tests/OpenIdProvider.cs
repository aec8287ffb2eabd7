namespace DeviceCode.Browser.Tests;

using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>A real OpenID provider in a process of its own, with TLS, which MSAL requires.</summary>
internal sealed class OpenIdProvider : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;
    private readonly string _folder;

    private OpenIdProvider(Process process, string folder, Uri issuer, byte[] certificate)
    {
        (_process, _folder, Issuer) = (process, folder, issuer);
        _client = new HttpClient(new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, presented, _, _) =>
                presented is not null && presented.RawData.AsSpan().SequenceEqual(certificate),
        })
        {
            BaseAddress = issuer,
        };
        SignIn = new OpenIdSignIn(_client);
    }

    public Uri Issuer { get; }

    /// <summary>The service's sign-in with this provider.</summary>
    public OpenIdSignIn SignIn { get; }

    /// <summary>Starts the provider for a page at this address.</summary>
    public static async Task<OpenIdProvider> StartAsync(Uri page)
    {
        var folder = Directory.CreateTempSubdirectory("devicecode-openid-").FullName;
        var (pem, certificate) = NewCertificate();
        var file = Path.Combine(folder, "tls.pem");
        await File.WriteAllTextAsync(file, pem);
        var process = Process.Start(new ProcessStartInfo(
            "node", [Path.Combine(Repository.Root, "tests", "DeviceCode.Browser.Tests", "openid-provider.mjs"), file, page.AbsoluteUri])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("https://", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync();
                return new OpenIdProvider(process, folder, new Uri(line), certificate);
            }
        }

        throw new InvalidOperationException($"The OpenID provider did not start: {await errors}");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static (string Pem, byte[] Certificate) NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256) { CertificateExtensions = { names.Build() } };
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return ($"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n", certificate.RawData);
    }
}
