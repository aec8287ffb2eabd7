namespace DeviceCode.Functions.Logins;

using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;

/// <summary>The parameters in the query of a request.</summary>
internal static class LoginQuery
{
    // More than any client id, e-mail address or place in a list.
    private const int MaxLength = 500;

    /// <summary>Returns a parameter; null if it is missing.</summary>
    public static string? Optional(HttpRequest request, string name) => request.Query[name] switch
    {
        { Count: 0 } => null,
        { Count: 1 } one when one[0] is { Length: > 0 and <= MaxLength } value => value,
        { Count: 1 } => throw Bad($"The parameter {name} must have 1 to {MaxLength} characters."),
        _ => throw Bad($"The parameter {name} is repeated. Send it once."),
    };

    /// <summary>Reads the page of a list that begins after the parameter <c>after</c>.</summary>
    public static async Task<T> ReadAsync<T>(Func<string?, Task<T>> read, HttpRequest request)
    {
        try
        {
            return await read(Optional(request, "after"));
        }
        catch (FormatException)
        {
            throw Bad("The parameter after must be the value of next in the response before.");
        }
    }

    /// <summary>Returns the exception for an invalid parameter.</summary>
    public static ApiException Bad(string description) => new(ApiError.BadRequest(description));
}
