namespace DeviceCode.Functions.Tests.Entra;

using System.Net;
using System.Net.Http.Json;
using System.Web;
using Azure.Core;
using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Entra;
using Microsoft.IdentityModel.JsonWebTokens;

/// <summary>The questions to Microsoft Graph, and its responses.</summary>
public sealed class GraphDirectoryTests
{
    private const string Tenant = "11111111-1111-1111-1111-111111111111";

    [Fact]
    public async Task Disabled_and_deleted_accounts_are_gone()
    {
        var (enabled, disabled, deleted) = (NewUser(), NewUser(), NewUser());
        var graph = new FakeGraph { Accounts = { [enabled.Subject] = true, [disabled.Subject] = false } };

        Assert.Equal([disabled, deleted], await graph.FindGoneAsync(enabled, disabled, deleted));
        Assert.All(graph.Requests, request => Assert.Equal("Bearer", request.Split(' ')[0]));
    }

    [Fact]
    public async Task A_request_asks_for_fifteen_accounts()
    {
        var users = Enumerable.Range(0, 31).Select(_ => NewUser()).ToArray();
        var graph = new FakeGraph();
        foreach (var user in users)
        {
            graph.Accounts[user.Subject] = true;
        }

        Assert.Empty(await graph.FindGoneAsync(users));
        Assert.Equal(3, graph.Requests.Count);
    }

    // To end a login cannot be undone.
    [Fact]
    public async Task An_account_that_a_list_leaves_out_is_asked_for_again()
    {
        var user = NewUser();
        var graph = new FakeGraph { Accounts = { [user.Subject] = true }, ListsNothing = true };

        Assert.Empty(await graph.FindGoneAsync(user));
        Assert.Equal(2, graph.Requests.Count);
    }

    [Fact]
    public async Task A_404_that_is_not_about_the_account_ends_nothing()
    {
        var graph = new FakeGraph { MissingCode = "UnknownError" };
        var fault = await Assert.ThrowsAsync<DirectoryUnavailableException>(() => graph.FindGoneAsync(NewUser()));
        Assert.Contains("404", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenant_may_be_written_in_capitals()
    {
        var user = NewUser() with { TenantId = "AAAAAAAA-1111-1111-1111-111111111111" };
        var graph = new FakeGraph
        {
            Accounts = { [user.Subject] = false },
            IdentityTenant = user.TenantId.ToLowerInvariant(),
            Tenant = user.TenantId,
        };
        Assert.Equal([user], await graph.FindGoneAsync(user));
    }

    [Fact]
    public async Task Accounts_of_another_tenant_or_another_directory_are_left_alone()
    {
        var graph = new FakeGraph();
        Assert.Empty(await graph.FindGoneAsync(NewUser() with { TenantId = "another" }, NewUser() with { Subject = "no') or (id ne '" }));
        Assert.Empty(graph.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "403")]
    [InlineData(HttpStatusCode.TooManyRequests, "429")]
    [InlineData(HttpStatusCode.InternalServerError, "500")]
    public async Task A_fault_of_the_directory_ends_nothing(HttpStatusCode status, string named)
    {
        var graph = new FakeGraph { Status = status };
        var fault = await Assert.ThrowsAsync<DirectoryUnavailableException>(() => graph.FindGoneAsync(NewUser()));
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_permission_to_see_whether_accounts_are_enabled_nothing_ends()
    {
        var user = NewUser();
        var graph = new FakeGraph { Accounts = { [user.Subject] = null } };
        var fault = await Assert.ThrowsAsync<DirectoryUnavailableException>(() => graph.FindGoneAsync(user));
        Assert.Contains("Grant the app's identity the permission User.Read.All.", fault.Message, StringComparison.Ordinal);
    }

    // In it, every account would be missing.
    [Fact]
    public async Task An_identity_of_another_tenant_asks_nothing()
    {
        var graph = new FakeGraph { IdentityTenant = "22222222-2222-2222-2222-222222222222" };
        await Assert.ThrowsAsync<DirectoryUnavailableException>(() => graph.FindGoneAsync(NewUser()));
        Assert.Empty(graph.Requests);
    }

    private static User NewUser() => new(Guid.NewGuid().ToString(), Tenant, null, "someone");

    private sealed class FakeGraph : HttpMessageHandler
    {
        public Dictionary<string, bool?> Accounts { get; } = new(StringComparer.OrdinalIgnoreCase);

        public List<string> Requests { get; } = [];

        public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

        public bool ListsNothing { get; init; }

        public string MissingCode { get; init; } = "Request_ResourceNotFound";

        public string Tenant { get; init; } = GraphDirectoryTests.Tenant;

        public string IdentityTenant { get; init; } = GraphDirectoryTests.Tenant;

        public async Task<IReadOnlyList<User>> FindGoneAsync(params User[] users)
        {
            using var http = new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("https://graph.example/") };
            var directory = new GraphDirectory(http, new Identity(IdentityTenant), new EntraOptions { TenantId = Tenant });
            return await directory.FindGoneAsync(users, CancellationToken.None);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add($"{request.Headers.Authorization?.Scheme} {request.RequestUri}");
            var id = request.RequestUri!.Segments[^1];
            var filter = HttpUtility.ParseQueryString(request.RequestUri.Query)["$filter"];
            return Task.FromResult(new HttpResponseMessage(
                filter is null && Status == HttpStatusCode.OK && !Accounts.ContainsKey(id) ? HttpStatusCode.NotFound : Status)
            {
                Content = filter is null && Status == HttpStatusCode.OK && !Accounts.ContainsKey(id)
                    ? JsonContent.Create(new { error = new { code = MissingCode } })
                    : filter is null
                    ? JsonContent.Create(new { id, accountEnabled = Accounts.GetValueOrDefault(id) })
                    : JsonContent.Create(new
                    {
                        value = Accounts.Where(account => !ListsNothing && filter.Contains($"'{account.Key}'", StringComparison.Ordinal))
                            .Select(account => new { id = account.Key, accountEnabled = account.Value }),
                    }),
            });
        }
    }

    private sealed class Identity(string tenant) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(new JsonWebTokenHandler().CreateToken($"{{\"tid\":\"{tenant}\"}}"), DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
