namespace DeviceCode.Testing.Service;

using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

/// <summary>A fake tenant of Entra ID: its metadata and keys over HTTP, and access tokens of its users.</summary>
/// <param name="instance">The cloud's login address.</param>
public sealed class EntraTenant(string instance = EntraTenant.PublicCloud) : HttpMessageHandler
{
    public const string PublicCloud = "https://login.microsoftonline.com/";
    public const string ApiClientId = "66666666-7777-8888-9999-aaaaaaaaaaaa";
    public const string Alice = "00000000-aaaa-bbbb-cccc-dddddddddddd";

    private readonly RsaSecurityKey _key = NewKey();
    private readonly TaskCompletionSource _firstRequest = new();

    // A new id for each instance: Microsoft.Identity.Web caches a tenant's metadata for the lifetime of the process.
    public string Id { get; } = Guid.NewGuid().ToString();

    public string Issuer => IssuerOf(Id);

    /// <summary>The last parts of the paths that refuse connections; empty for none.</summary>
    public string[] Unreachable { get; set; } = [];

    /// <summary>While set and not completed, requests get no response, and their cancellation is ignored.</summary>
    public TaskCompletionSource? HangsUntil { get; set; }

    /// <summary>Completes at the first request.</summary>
    public Task FirstRequest => _firstRequest.Task;

    public static RsaSecurityKey NewKey() => new(RSA.Create(2048)) { KeyId = Convert.ToHexString(RandomNumberGenerator.GetBytes(8)) };

    public string IssuerOf(string tenant) => $"{instance}{tenant}/v2.0";

    /// <summary>Creates a person's access token of version 2, with these changes. A claim that is changed to null is omitted.</summary>
    public string Token(
        DateTimeOffset now,
        Dictionary<string, object?>? changedClaims = null,
        string? issuer = null,
        string audience = ApiClientId,
        RsaSecurityKey? key = null,
        TimeSpan? age = null)
    {
        var claims = new Dictionary<string, object?>
        {
            ["ver"] = "2.0",
            ["tid"] = Id,
            ["oid"] = Alice,
            ["sub"] = "alice-as-this-application-knows-her",
            ["scp"] = "approve",
            ["preferred_username"] = "alice@wonderland.example",
            ["name"] = "Alice Liddell",
        };
        foreach (var (name, value) in changedClaims ?? [])
        {
            claims[name] = value;
        }

        var issued = now - (age ?? TimeSpan.FromMinutes(1));
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Issuer,
            Audience = audience,
            IssuedAt = issued.UtcDateTime,
            NotBefore = issued.UtcDateTime,
            Expires = issued.AddHours(1).UtcDateTime,
            Claims = claims.Where(claim => claim.Value is not null).ToDictionary(claim => claim.Key, claim => claim.Value!),
            SigningCredentials = new SigningCredentials(key ?? _key, SecurityAlgorithms.RsaSha256),
        });
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _firstRequest.TrySetResult();
        if (Unreachable.Any(request.RequestUri!.AbsolutePath.EndsWith))
        {
            throw new HttpRequestException("The connection was refused.");
        }

        await (HangsUntil?.Task ?? Task.CompletedTask);

        // All tenants have the same keys. The issuer in the metadata for all organizations has a placeholder.
        var keys = $"{instance}common/discovery/v2.0/keys";
        var address = request.RequestUri!.AbsoluteUri;
        object? content =
            address == MetadataOf(Issuer) ? new { issuer = Issuer, jwks_uri = keys }
            : address == MetadataOf(IssuerOf("organizations")) ? new { issuer = IssuerOf("{tenantid}"), jwks_uri = keys }
            : address == keys ? new { keys = new[] { PublicKey() } }
            : null;
        return content is null ? new HttpResponseMessage(HttpStatusCode.NotFound) : new() { Content = JsonContent.Create(content) };

        static string MetadataOf(string issuer) => $"{issuer}/.well-known/openid-configuration";
    }

    private object PublicKey()
    {
        var parameters = _key.Rsa.ExportParameters(includePrivateParameters: false);
        return new
        {
            kty = "RSA",
            use = "sig",
            kid = _key.KeyId,
            n = Base64UrlEncoder.Encode(parameters.Modulus),
            e = Base64UrlEncoder.Encode(parameters.Exponent),
        };
    }
}
