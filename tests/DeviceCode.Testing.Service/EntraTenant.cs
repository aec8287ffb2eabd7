namespace DeviceCode.Testing.Service;

using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

/// <summary>A tenant of Entra ID as a resource server sees it: its metadata and keys over HTTP, and the access tokens of its users.</summary>
/// <param name="instance">The cloud's login address.</param>
public sealed class EntraTenant(string instance = EntraTenant.PublicCloud) : HttpMessageHandler
{
    public const string PublicCloud = "https://login.microsoftonline.com/";
    public const string ApiClientId = "66666666-7777-8888-9999-aaaaaaaaaaaa";
    public const string Alice = "00000000-aaaa-bbbb-cccc-dddddddddddd";

    private readonly RsaSecurityKey _key = NewKey();
    private readonly TaskCompletionSource _asked = new();

    // Another one each time: Microsoft.Identity.Web caches what it reads of a tenant for the life of the process.
    public string Id { get; } = Guid.NewGuid().ToString();

    public string Issuer => IssuerOf(Id);

    /// <summary>The ends of the addresses that refuse connections; empty for none.</summary>
    public string[] Unreachable { get; set; } = [];

    /// <summary>While set and not completed, requests get no response, and their cancellation is ignored.</summary>
    public TaskCompletionSource? HangsUntil { get; set; }

    /// <summary>Completes at the first request.</summary>
    public Task Asked => _asked.Task;

    public static RsaSecurityKey NewKey() => new(RSA.Create(2048)) { KeyId = Convert.ToHexString(RandomNumberGenerator.GetBytes(8)) };

    public string IssuerOf(string tenant) => $"{instance}{tenant}/v2.0";

    /// <summary>A person's access token of version 2, or one that differs from it; a claim of null is left out.</summary>
    public string Token(
        DateTimeOffset now, Dictionary<string, object?>? differing = null, string? issuer = null, string audience = ApiClientId, RsaSecurityKey? key = null, TimeSpan? age = null)
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
        foreach (var (name, value) in differing ?? [])
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
        _asked.TrySetResult();
        if (Unreachable.Any(request.RequestUri!.AbsolutePath.EndsWith))
        {
            throw new HttpRequestException("The connection was refused.");
        }

        await (HangsUntil?.Task ?? Task.CompletedTask);

        // All tenants have the same keys; the metadata for all of them has a placeholder in the issuer.
        var keys = $"{instance}common/discovery/v2.0/keys";
        var address = request.RequestUri!.AbsoluteUri;
        object? response =
            address == $"{Issuer}/.well-known/openid-configuration" ? new { issuer = Issuer, jwks_uri = keys }
            : address == $"{IssuerOf("organizations")}/.well-known/openid-configuration" ? new { issuer = IssuerOf("{tenantid}"), jwks_uri = keys }
            : address == keys ? new { keys = new[] { PublicKey() } }
            : null;
        return response is null ? new HttpResponseMessage(HttpStatusCode.NotFound) : new() { Content = JsonContent.Create(response) };
    }

    private object PublicKey()
    {
        var parameters = _key.Rsa.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", kid = _key.KeyId, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) };
    }
}
