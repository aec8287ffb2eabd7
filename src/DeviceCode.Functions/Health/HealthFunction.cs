namespace DeviceCode.Functions.Health;

using System.Reflection;
using System.Text.Json.Serialization;
using DeviceCode.Core.Devices;
using DeviceCode.Core.Guesses;
using DeviceCode.Core.OAuth;
using DeviceCode.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

/// <summary>Tells a load balancer, and a person, whether the service can do its work.</summary>
public sealed class HealthFunction(IDeviceAuthorizationStore devices, IWrongGuessStore guesses, IGrantStore grants, FunctionPipeline pipeline)
{
    private static readonly string Version =
        typeof(HealthFunction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>200 with the version when the storage answers, 503 otherwise.</summary>
    [Function("healthz")]
    public Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "healthz")] HttpRequest request) =>
        pipeline.RunAsync(request, async cancellationToken =>
        {
            await devices.PingAsync(cancellationToken);
            await guesses.PingAsync(cancellationToken);
            await grants.PingAsync(cancellationToken);
            return TypedResults.Json(new Healthy("healthy", Version), HealthJson.Default.Healthy);
        });
}

internal sealed record Healthy([property: JsonPropertyName("status")] string Status, [property: JsonPropertyName("version")] string Version);

[JsonSerializable(typeof(Healthy))]
internal sealed partial class HealthJson : JsonSerializerContext;
