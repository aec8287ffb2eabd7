namespace DeviceCode.Functions.Health;

using System.Reflection;
using System.Text.Json.Serialization;
using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>The health check, for load balancers and people.</summary>
public sealed class HealthFunction(StorageHealth storage, FunctionPipeline pipeline)
{
    private static readonly string Version =
        typeof(HealthFunction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Returns 200 with the version if the storage responds, otherwise 503.</summary>
    [Function("healthz")]
    public Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "healthz")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            await storage.CheckAsync(cancellationToken);
            return TypedResults.Json(new HealthResponse("healthy", Version), HealthJson.Default.HealthResponse);
        });
}

internal sealed record HealthResponse(
    [property: JsonPropertyName("status")] string Status, [property: JsonPropertyName("version")] string Version);

[JsonSerializable(typeof(HealthResponse))]
internal sealed partial class HealthJson : JsonSerializerContext;
