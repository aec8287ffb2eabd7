namespace DeviceCode.Testing.Service;

using System.Net.Http.Headers;
using System.Text.Json;

/// <summary>An HTTP response whose body has been read.</summary>
public sealed record ServiceResponse(int Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string? this[string member] => Json.TryGetProperty(member, out var value) ? value.ToString() : null;

    public static async Task<ServiceResponse> ReadAsync(HttpResponseMessage response) =>
        new((int)response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsStringAsync());

    /// <summary>Checks the headers that every JSON response of the service must have.</summary>
    public ServiceResponse IsWellFormed()
    {
        Assert.Equal("application/json; charset=utf-8", ContentHeaders.ContentType?.ToString());
        Assert.Equal("no-store", Headers.CacheControl?.ToString());
        Assert.Equal("no-cache", Headers.Pragma.ToString());
        Assert.Equal("nosniff", Headers.GetValues("X-Content-Type-Options").Single());
        return this;
    }

    /// <summary>Checks that the response is an error with exactly the members of the contract.</summary>
    public ServiceResponse IsError(int status, string error, string? description = null)
    {
        IsWellFormed();
        Assert.Equal(status, Status);
        Assert.Equal(["error", "error_description"], Json.EnumerateObject().Select(member => member.Name));
        Assert.Equal(error, this["error"]);
        Assert.False(string.IsNullOrWhiteSpace(this["error_description"]));
        if (description is not null)
        {
            Assert.Equal(description, this["error_description"]);
        }

        return this;
    }
}
