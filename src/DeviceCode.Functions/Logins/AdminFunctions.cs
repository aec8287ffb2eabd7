namespace DeviceCode.Functions.Logins;

using DeviceCode.Core;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>
/// The logins of a person or of a client, for administrators: people and applications with the app role <c>Logins.Manage</c>. They reach
/// the logins of their own tenant. The Functions host rejects every route that begins with "admin".
/// </summary>
public sealed class AdminFunctions(
    FunctionPipeline pipeline, IUserSignIn signIn, LoginService logins, ClientRegistry clients, LoginAudit audit)
{
    private const string Path = "management/logins";
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
            var ended = 0;
            string? next = null;
            var (user, client) = TargetOf(request);
            audit.EndingByAdministrator(administrator, NameOf(user, client), reason);
            if (client is not null)
            {
                (ended, next) = await LoginQuery.ReadAsync(
                    after => logins.EndOfClientAsync(client, administrator.TenantId, after, Ended, cancellationToken), request);
            }
            else
            {
                foreach (var key in await UsersAsync(administrator, user!, cancellationToken))
                {
                    ended += await logins.EndAllAsync(key, except: null, Ended, cancellationToken);
                }
            }

            return TypedResults.Json(new EndedResponse(ended, next), LoginJson.Default.EndedResponse);

            void Ended(Login login) => audit.EndedByAdministrator(administrator, login);
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

    // Names and addresses are never logged, so a person is named only by a directory's object id.
    private static string NameOf(string? user, string? client) =>
        client is not null ? $"the client {(client.All(c => char.IsAsciiLetterOrDigit(c) || "-._~".Contains(c)) ? client : "(unknown)")}"
        : Guid.TryParse(user, out var id) ? $"the account {id}"
        : "an account by another name";

    private async Task<LoginPage> PageAsync(Administrator administrator, HttpRequest request, CancellationToken cancellationToken)
    {
        var (user, client) = TargetOf(request);
        audit.ListedByAdministrator(administrator, NameOf(user, client));
        if (client is not null)
        {
            return await LoginQuery.ReadAsync(
                after => logins.ListOfClientAsync(client, administrator.TenantId, after, cancellationToken), request);
        }

        // Two accounts rarely have one address. Then the list is that of the first one with logins.
        var users = await UsersAsync(administrator, user!, cancellationToken);
        foreach (var key in users)
        {
            var page = await LoginQuery.ReadAsync(after => logins.ListAsync(key, after, cancellationToken), request);
            if (page.Logins.Count > 0 || key == users[^1])
            {
                return page;
            }
        }

        return new LoginPage([], Next: null);
    }

    // Some programs write a GUID in capitals or in braces.
    private async Task<IReadOnlyList<string>> UsersAsync(Administrator administrator, string user, CancellationToken cancellationToken) =>
        user.Contains('@', StringComparison.Ordinal) ? await logins.FindUsersAsync(administrator.TenantId, user, cancellationToken)
        : [User.KeyOf(administrator.TenantId, Guid.TryParse(user, out var id) ? id.ToString() : user)];

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
