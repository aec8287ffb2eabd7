namespace DeviceCode.LocalHost.SignIn;

using System.Net.Mime;
using System.Text;
using System.Text.Encodings.Web;
using DeviceCode.Functions.Options;

/// <summary>
/// The local replacement for Entra ID's sign-in page: a person picks or types an identity, and returns with it to the page at the
/// <c>verification_uri</c>.
/// </summary>
internal static class SignInPage
{
    /// <summary>The path of the form.</summary>
    public const string Path = "/dev/sign-in";

    private const string Field = "user";

    public static void MapSignInPage(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, () => Page("", problem: null));
        routes.MapPost(Path, async (HttpRequest request, ServiceOptions service) =>
        {
            var typed = await ReadFieldAsync(request);
            if (!DevelopmentSignIn.TryRead(typed, out _))
            {
                return Page(
                    typed,
                    "Type an e-mail address, like alice@example.com or Alice Example <alice@example.com>.",
                    StatusCodes.Status400BadRequest);
            }

            // Not Results.Redirect: it logs the location, which contains the address.
            request.HttpContext.Response.Headers.Location =
                $"{service.VerificationUri.AbsolutePath}#development_user={Uri.EscapeDataString(typed)}";
            return Results.StatusCode(StatusCodes.Status303SeeOther);
        });
    }

    private static async Task<string> ReadFieldAsync(HttpRequest request)
    {
        try
        {
            return request.HasFormContentType ? (await request.ReadFormAsync())[Field].ToString() : "";
        }
        catch (Exception malformed) when (malformed is InvalidDataException or IOException)
        {
            return "";
        }
    }

    private static IResult Page(string user, string? problem, int status = StatusCodes.Status200OK)
    {
        var encode = HtmlEncoder.Default;
        return Results.Content(
            $$"""
             <!doctype html>
             <html lang="en">
             <meta charset="utf-8">
             <meta name="viewport" content="width=device-width">
             <meta name="color-scheme" content="light dark">
             <title>Development sign-in</title>
             <link rel="icon" href="data:,">
             <style>
               body { max-width: 30rem; margin: 3rem auto; padding: 0 1rem; font: 1.0625rem/1.6 system-ui, sans-serif }
               input, button { font: inherit }
             </style>
             <h1>Development sign-in</h1>
             <p role="alert">{{encode.Encode(problem ?? "")}}</p>
             <form method="post">
               <label>
                 Who are you? <input name="{{Field}}" list="users" size="36" required autofocus value="{{encode.Encode(user)}}">
               </label>
               <datalist id="users">
                 <option>Alice Example &lt;alice@example.com&gt;</option>
                 <option>Bob Example &lt;bob@example.com&gt;</option>
               </datalist>
               <button>Sign in</button>
             </form>
             </html>
             """,
            MediaTypeNames.Text.Html,
            Encoding.UTF8,
            status);
    }
}
