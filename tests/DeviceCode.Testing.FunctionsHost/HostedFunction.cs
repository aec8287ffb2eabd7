namespace DeviceCode.Testing.FunctionsHost;

using System.Text.Json;
using DeviceCode.Testing.FunctionsHost.Protocol;

/// <summary>A function, as the worker describes it.</summary>
/// <param name="Id">The id in invocations.</param>
/// <param name="Name">The name. The host tries routes in the order of the names.</param>
/// <param name="Trigger">The trigger's type, like <c>httpTrigger</c> or <c>timerTrigger</c>.</param>
/// <param name="TriggerParameter">The name of the parameter that has the trigger.</param>
/// <param name="Route">The route template of an HTTP trigger, without the prefix of host.json; null for any other trigger.</param>
/// <param name="Methods">The HTTP methods of the route; null for all.</param>
/// <param name="Schedule">The schedule of a timer trigger; null for any other trigger.</param>
/// <param name="Queue">The queue of a queue trigger; null for any other trigger.</param>
public sealed record HostedFunction(
    string Id,
    string Name,
    string Trigger,
    string TriggerParameter,
    string? Route,
    IReadOnlyList<string>? Methods,
    string? Schedule,
    string? Queue)
{
    /// <summary>Reads the description that the worker sent.</summary>
    internal static HostedFunction From(RpcFunctionMetadata metadata)
    {
        var trigger = metadata.RawBindings.Select(binding => JsonDocument.Parse(binding).RootElement)
            .Single(binding => binding.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase));
        var type = trigger.GetProperty("type").GetString()!;
        var isHttp = type.Equals("httpTrigger", StringComparison.OrdinalIgnoreCase);
        return new(
            metadata.FunctionId,
            metadata.Name,
            type,
            trigger.GetProperty("name").GetString()!,
            isHttp ? Text("route") ?? metadata.Name : null,
            trigger.TryGetProperty("methods", out var methods) ? [.. methods.EnumerateArray().Select(method => method.GetString()!)] : null,
            Text("schedule"),
            Text("queueName"));

        string? Text(string name) => trigger.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}
