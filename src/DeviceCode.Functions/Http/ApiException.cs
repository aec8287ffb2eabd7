namespace DeviceCode.Functions.Http;

/// <summary>Ends a request with an error, from wherever it is found.</summary>
internal sealed class ApiException(ApiError error) : Exception("The request was answered with an error.")
{
    public ApiError Error { get; } = error;
}
