namespace DeviceCode.Functions.Http;

/// <summary>Ends a request with an error response, from code that reads a part of the request.</summary>
internal sealed class ApiException(ApiError error) : Exception("The request ends with an error response.")
{
    public ApiError Error { get; } = error;
}
