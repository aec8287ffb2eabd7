namespace DeviceCode.Functions.Entra;

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Core;
using Azure.Identity;
using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using Microsoft.IdentityModel.JsonWebTokens;

/// <summary>
/// Asks Microsoft Graph which accounts are disabled or deleted. The app's identity needs the application permission <c>User.Read.All</c>.
/// </summary>
internal sealed partial class GraphDirectory(HttpClient http, TokenCredential credential, EntraOptions options) : IUserDirectory
{
    /// <summary>The name of the HTTP client, whose base address is that of Microsoft Graph.</summary>
    public const string HttpClientName = "Graph";

    // Graph allows 15 values in one filter.
    private const int UsersPerRequest = 15;

    /// <inheritdoc />
    public async Task<IReadOnlyList<User>> FindGoneAsync(IReadOnlyList<User> users, CancellationToken cancellationToken)
    {
        try
        {
            var token = await GetTokenAsync(cancellationToken);

            // Accounts of other tenants are not in this directory. A subject that another sign-in has issued is not a GUID.
            var ours = users.Where(user => IsOurs(user.TenantId) && Guid.TryParseExact(user.Subject, "D", out _));
            var gone = await Task.WhenAll(ours.Chunk(UsersPerRequest).Select(some => FindGoneAsync(some, token, cancellationToken)));
            return [.. gone.SelectMany(some => some)];
        }
        catch (Exception fault) when (fault is HttpRequestException or AuthenticationFailedException or JsonException or ArgumentException
            || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new DirectoryUnavailableException($"Microsoft Graph cannot be read: {fault.Message.Split('\n')[0].Trim()}", fault);
        }
    }

    private async Task<IEnumerable<User>> FindGoneAsync(User[] users, string token, CancellationToken cancellationToken)
    {
        var ids = string.Join(',', users.Select(user => $"'{user.Subject}'"));
        var found = await ReadAsync<Accounts>($"v1.0/users?$select=id,accountEnabled&$filter=id in ({ids})", token, cancellationToken);
        if (found?.Value is null)
        {
            throw new DirectoryUnavailableException("Microsoft Graph returned no list of accounts.");
        }

        var accounts = found.Value.ToDictionary(
            account => account.Id, account => account.AccountEnabled, StringComparer.OrdinalIgnoreCase);
        if (accounts.ContainsValue(null))
        {
            throw new DirectoryUnavailableException(
                "Microsoft Graph does not say whether accounts are enabled. Grant the app's identity the permission User.Read.All.");
        }

        var gone = users.Where(user => accounts.TryGetValue(user.Subject, out var enabled) && enabled == false).ToList();
        foreach (var missing in users.Where(user => !accounts.ContainsKey(user.Subject)))
        {
            // To end a login cannot be undone, so a list without the account is not enough.
            if (await ReadAsync<Account>($"v1.0/users/{missing.Subject}?$select=id,accountEnabled", token, cancellationToken) is null)
            {
                gone.Add(missing);
            }
        }

        return gone;
    }

    private bool IsOurs(string? tenant) => Guid.TryParse(tenant, out var id) && id == Guid.Parse(options.TenantId!);

    /// <summary>Returns null if Graph says that there is no such object. A proxy's 404 has no such code.</summary>
    private async Task<T?> ReadAsync<T>(string path, string token, CancellationToken cancellationToken)
        where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound
            && await response.Content.ReadFromJsonAsync(Json.Default.Fault, cancellationToken)
                is { Error.Code: "Request_ResourceNotFound" })
        {
            return null;
        }

        response.EnsureSuccessStatusCode();
        return (T?)await response.Content.ReadFromJsonAsync(typeof(T), Json.Default, cancellationToken)
            ?? throw new DirectoryUnavailableException("Microsoft Graph returned an empty response.");
    }

    private async Task<string> GetTokenAsync(CancellationToken cancellationToken)
    {
        var token = await credential.GetTokenAsync(new TokenRequestContext(["https://graph.microsoft.com/.default"]), cancellationToken);

        // In the directory of another tenant, all accounts would be missing.
        return new JsonWebToken(token.Token).TryGetClaim("tid", out var tenant) && IsOurs(tenant.Value)
            ? token.Token
            : throw new DirectoryUnavailableException(
                "The app's identity belongs to another tenant than AzureAd:TenantId. Turn AzureAd:CheckAccounts off.");
    }

    internal sealed record Accounts(IReadOnlyList<Account>? Value);

    internal sealed record Account(string Id, bool? AccountEnabled);

    internal sealed record Fault(FaultDetails? Error);

    internal sealed record FaultDetails(string? Code);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Accounts))]
    [JsonSerializable(typeof(Account))]
    [JsonSerializable(typeof(Fault))]
    private sealed partial class Json : JsonSerializerContext;
}
