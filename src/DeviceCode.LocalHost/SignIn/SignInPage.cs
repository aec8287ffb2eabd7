namespace DeviceCode.LocalHost.SignIn;

using System.Net.Mime;
using System.Text;
using System.Text.Encodings.Web;

/// <summary>The form of the development sign-in, at <c>/dev/sign-in</c>: pick or type an identity, and a cookie remembers it.</summary>
internal static class SignInPage
{
    /// <summary>Where the form is.</summary>
    public const string Path = "/dev/sign-in";

    private const string Field = "user";

    public static void MapSignInPage(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, (HttpContext context) => Page(context.Request.Cookies[DevelopmentSignIn.Cookie], problem: null));
        routes.MapPost(Path, async (HttpContext context) =>
        {
            var typed = await ReadFieldAsync(context.Request);
            if (!DevelopmentSignIn.TryRead(typed, out _))
            {
                return Page(typed, "Type an e-mail address, like alice@example.com or Alice Example <alice@example.com>.", StatusCodes.Status400BadRequest);
            }

            // Strict, so that no other site can act with it.
            context.Response.Cookies.Append(DevelopmentSignIn.Cookie, typed, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict });
            return Results.Redirect(Path);
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

    private static IResult Page(string? user, string? problem, int status = StatusCodes.Status200OK)
    {
        var encode = HtmlEncoder.Default;
        var state = problem ?? (user is null ? "Nobody is signed in." : $"Signed in as {user}.");
        return Results.Content(
            $"""
             <!doctype html>
             <html lang="en">
             <meta charset="utf-8">
             <meta name="viewport" content="width=device-width">
             <title>Development sign-in</title>
             <h1>Development sign-in</h1>
             <p role="status">{encode.Encode(state)}</p>
             <form method="post">
               <label>Who are you? <input name="{Field}" list="users" required autofocus value="{encode.Encode(user ?? "")}"></label>
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
