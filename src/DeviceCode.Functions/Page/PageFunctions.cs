namespace DeviceCode.Functions.Page;

using System.Net;
using System.Net.Sockets;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>
/// The page at the <c>verification_uri</c> (RFC 8628 §3.3), on which a user sees the request and approves or denies it. These functions
/// only serve files: the page calls <c>/auth/device/*</c>, and no GET changes anything. The same holds for the page of a person's logins,
/// which calls <c>/auth/device/logins</c>, and for the page that connects an account at another provider, which calls <c>/creds/-/*</c>.
/// </summary>
public sealed class PageFunctions(FunctionPipeline pipeline, IUserSignIn signIn, ServiceOptions service, OAuthOptions oauth)
{
    private const string Assets = "device/assets";

    private string AssetsPath => $"{service.VerificationUri.AbsolutePath}/assets/{PageAssets.Version}";

    /// <summary>Returns the page. Its script reads the query; this function does not.</summary>
    [Function("device-page")]
    public Task<IResult> PageAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "device")] HttpRequest request) =>
        ShowAsync("device", request);

    /// <summary>Returns the page on which people see and end their logins.</summary>
    [Function("logins-page")]
    public Task<IResult> LoginsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "device/logins")] HttpRequest request) =>
        ShowAsync("logins", request);

    /// <summary>Returns the page on which the owner of a credential leaves for its provider (RFC 6749 §4.1).</summary>
    [Function("creds-connect-page")]
    public Task<IResult> ConnectAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "creds/-/connect")] HttpRequest request) =>
        ShowAsync("connect", request);

    /// <summary>Returns the page to which the provider sends the user back. Its script reads the query; this function does not.</summary>
    [Function("creds-callback-page")]
    public Task<IResult> CallbackAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "creds/-/callback")] HttpRequest request) =>
        ShowAsync("connect", request);

    /// <summary>Returns the configuration of the page's script: the sign-in and the descriptions of the operator's scopes.</summary>
    [Function("device-page-config")]
    public Task<IResult> ConfigAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "device/config.json")] HttpRequest request) =>
        pipeline.RunAsync(request, _ => Task.FromResult<IResult>(TypedResults.Json(
            new PageConfiguration(
                signIn.Page,
                service.UserCodeLength,
                oauth.ScopeDescriptions.ToDictionary(scope => scope.Scope, scope => scope.Description),
                IpVersionOf(FunctionPipeline.OriginOf(request).Address)),
            PageJson.Default.PageConfiguration)));

    /// <summary>Returns a file of the page. Browsers may cache it without a limit, because other content has another address.</summary>
    [Function("device-page-assets")]
    public Task<IResult> AssetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Assets + "/{version}/{name}")] HttpRequest request) =>
        pipeline.RunAsync(request, _ =>
        {
            var (version, name) = request.Path.Value!.Split('/') is [.., var last2, var last] ? (last2, last) : ("", "");
            if (PageAssets.Find(name) is not { } asset)
            {
                return Task.FromResult<IResult>(ApiError.NotFound("The page has no file of this name. Reload the page."));
            }

            // During a deployment, instances of two versions respond. The other version's file works, but must not be cached.
            if (version == PageAssets.Version)
            {
                PageHeaders.AllowCaching(request.HttpContext.Response.Headers);
            }

            return Task.FromResult<IResult>(asset);
        });

    private Task<IResult> ShowAsync(string page, HttpRequest request) => pipeline.RunAsync(request, _ =>
    {
        PageHeaders.Set(request.HttpContext.Response.Headers, service.PublicUrl!, signIn.Page.Origin);
        return Task.FromResult<IResult>(PageMarkup.For(page, request, AssetsPath));
    });

    private static int? IpVersionOf(IPAddress? address) => address?.AddressFamily switch
    {
        AddressFamily.InterNetwork => 4,
        AddressFamily.InterNetworkV6 => 6,
        _ => null,
    };
}
