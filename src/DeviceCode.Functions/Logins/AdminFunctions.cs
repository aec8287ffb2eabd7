namespace DeviceCode.Functions.Logins;

using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>
/// The logins of a person or of a client, for administrators: people and applications with the app role <c>Logins.Manage</c>. They reach
/// the logins of their own tenant. The path is not <c>/admin</c>, which the Functions host reserves.
/// </summary>
public sealed class AdminFunctions(
    FunctionPipeline pipeline, IUserSignIn signIn, LoginService logins, ClientRegistry clients, LoginAudit audit)
{
    private const string Path = "admin-api/logins";
    private const int MaxReason = 500;

    /// <summary>Lists the logins of <c>?user=</c>, an object id or an e-mail address, or of <c>?client=</c>.</summary>
    [Function("admin-logins-list")]
    public Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            var administrator = await RequireAsync(request, cancellationToken);
            var page = await PageAsync(administrator, request, cancellationToken);
            return TypedResults.Json(
                new LoginsResponse(
                    [
                        .. page.Logins.Select(login => ListedLogin.From(login, clients) with
                        {
                            User = new ListedOwner(login.User.Subject, login.User.Email, login.User.DisplayName),
                        }),
                    ],
                    page.Next),
                LoginJson.Default.LoginsResponse);
        });

    /// <summary>
    /// Ends the logins of <c>?user=</c>, all at once, or those of a page of <c>?client=</c>. The member <c>reason</c> of the body is
    /// required, and logged.
    /// </summary>
    [Function("admin-logins-end")]
    public Task<IResult> EndAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Path)] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            var administrator = await RequireAsync(request, cancellationToken);
            using var body = await RequestBody.ReadJsonAsync(request, cancellationToken);
            var reason = ReasonOf(body);
            var ended = new List<Guid>();
            string? next = null;
            if (TargetOf(request) is (null, { } client))
            {
                (var page, next) = await LoginQuery.ReadAsync(
                    after => logins.EndOfClientAsync(client, administrator.TenantId, after, cancellationToken), request);
                ended.AddRange(page);
            }
            else
            {
                foreach (var user in await UsersAsync(administrator, request, cancellationToken))
                {
                    ended.AddRange(await logins.EndAllAsync(user, except: null, cancellationToken));
                }
            }

            audit.EndedByAdministrator(administrator, reason, ended);
            return TypedResults.Json(new EndedResponse(ended.Count, next), LoginJson.Default.EndedResponse);
        });

    private static string ReasonOf(RequestBody body)
    {
        var reason = body.Required("reason").Trim();
        return reason.Length is > 0 and <= MaxReason && !reason.Any(char.IsControl)
            ? reason
            : throw LoginQuery.Bad($"The member reason must have 1 to {MaxReason} characters, without control characters.");
    }

    private static (string? User, string? Client) TargetOf(HttpRequest request) =>
        (LoginQuery.Optional(request, "user"), LoginQuery.Optional(request, "client")) switch
        {
            (null, null) or (not null, not null) =>
                throw LoginQuery.Bad("Send either the parameter user, an object id or an e-mail address, or the parameter client."),
            var target => target,
        };

    private async Task<LoginPage> PageAsync(Administrator administrator, HttpRequest request, CancellationToken cancellationToken)
    {
        if (TargetOf(request) is (null, { } client))
        {
            return await LoginQuery.ReadAsync(
                after => logins.ListOfClientAsync(client, administrator.TenantId, after, cancellationToken), request);
        }

        // Two accounts rarely have one address. Then the list is that of the first one with logins.
        var users = await UsersAsync(administrator, request, cancellationToken);
        foreach (var user in users)
        {
            var page = await LoginQuery.ReadAsync(after => logins.ListAsync(user, after, cancellationToken), request);
            if (page.Logins.Count > 0 || user == users[^1])
            {
                return page;
            }
        }

        return new LoginPage([], Next: null);
    }

    private async Task<IReadOnlyList<string>> UsersAsync(
        Administrator administrator, HttpRequest request, CancellationToken cancellationToken)
    {
        var user = TargetOf(request).User!;
        return user.Contains('@', StringComparison.Ordinal)
            ? await logins.FindUsersAsync(administrator.TenantId, user, cancellationToken)
            : [User.KeyOf(administrator.TenantId, user)];
    }

    private async Task<Administrator> RequireAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var administrator = await signIn.AuthenticateAdministratorAsync(request.HttpContext, cancellationToken)
            ?? throw new ApiException(ApiError.Unauthorized(request));
        return administrator.MayManageLogins
            ? administrator
            : throw new ApiException(new ApiError(
                StatusCodes.Status403Forbidden,
                "forbidden",
                $"The account has no app role {Administrator.LoginsRole}. Ask an administrator of the directory to assign it."));
    }
}
