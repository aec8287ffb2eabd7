namespace DeviceCode.Functions.Page;

using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using DeviceCode.Functions.Options;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>
/// The page at the <c>verification_uri</c> (RFC 8628 §3.3), where a person sees who asks and says yes or no. These functions only
/// serve files: what the page does, it does by <c>/auth/device/*</c>, and no GET changes anything.
/// </summary>
public sealed class PageFunctions(FunctionPipeline pipeline, IUserSignIn signIn, ServiceOptions service, OAuthOptions oauth)
{
    private const string Assets = "device/assets";

    private string AssetsPath => $"{service.VerificationUri.AbsolutePath}/assets/{PageAssets.Version}";

    /// <summary>The page. It does not look at the query: its script does.</summary>
    [Function("device-page")]
    public Task<IResult> PageAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "device")] HttpRequest request) =>
        pipeline.RunAsync(request, _ =>
        {
            PageHeaders.Set(request.HttpContext.Response.Headers, service.PublicUrl!, signIn.Page.Origin);
            return Task.FromResult<IResult>(PageMarkup.For(request, AssetsPath));
        });

    /// <summary>What the page's script must know: how a person signs in, and what the operator's scopes mean.</summary>
    [Function("device-page-config")]
    public Task<IResult> ConfigAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "device/config.json")] HttpRequest request) =>
        pipeline.RunAsync(request, _ => Task.FromResult<IResult>(TypedResults.Json(
            new PageConfiguration(
                signIn.Page,
                service.UserCodeLength,
                oauth.ScopeDescriptions.ToDictionary(scope => scope.Scope, scope => scope.Description)),
            PageJson.Default.PageConfiguration)));

    /// <summary>The page's files, to be kept by the browser for as long as it likes: another content has another address.</summary>
    [Function("device-page-assets")]
    public Task<IResult> AssetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Assets + "/{version}/{name}")] HttpRequest request) =>
        pipeline.RunAsync(request, _ =>
        {
            var (version, name) = request.Path.Value!.Split('/') is [.., var last2, var last] ? (last2, last) : ("", "");
            if (PageAssets.Find(name) is not { } asset)
            {
                return Task.FromResult<IResult>(ApiError.NotFound("The page has no such file."));
            }

            // While a new version is deployed, instances of both answer: the other's file will do, but must not be kept.
            if (version == PageAssets.Version)
            {
                PageHeaders.Keep(request.HttpContext.Response.Headers);
            }

            return Task.FromResult<IResult>(asset);
        });
}
