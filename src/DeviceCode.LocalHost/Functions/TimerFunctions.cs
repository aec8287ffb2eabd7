namespace DeviceCode.LocalHost.Functions;

using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using NCrontab;

/// <summary>Runs every function with a timer trigger on its schedule (six fields, UTC), as the Functions host does in Azure.</summary>
internal sealed partial class TimerFunctions(
    Assembly functions, IServiceProvider services, TimeProvider time, ILogger<TimerFunctions> logger)
    : BackgroundService
{
    private static readonly CrontabSchedule.ParseOptions WithSeconds = new() { IncludingSeconds = true };

    /// <summary>The functions with a timer trigger, and their schedules.</summary>
    public IReadOnlyList<(string Name, MethodInfo Method, CrontabSchedule Schedule)> All { get; } =
    [
        .. from type in functions.GetExportedTypes()
           from method in type.GetMethods()
           let function = method.GetCustomAttribute<FunctionAttribute>()
           let trigger = method.GetParameters().Select(parameter => parameter.GetCustomAttribute<TimerTriggerAttribute>())
               .FirstOrDefault(attribute => attribute is not null)
           where function is not null && trigger is not null
           select (function.Name, method, CrontabSchedule.Parse(trigger.Schedule, WithSeconds)),
    ];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(All.Select(function => RunOnScheduleAsync(function.Name, function.Method, function.Schedule, stoppingToken)));

    private async Task RunOnScheduleAsync(string name, MethodInfo method, CrontabSchedule schedule, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var now = time.GetUtcNow().UtcDateTime;
            await Task.Delay(schedule.GetNextOccurrence(now) - now, time, stoppingToken);
            try
            {
                await InvokeAsync(method, stoppingToken);
            }
#pragma warning disable CA1031 // One failed run must not end the schedule.
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogFailed(name, failure);
            }
        }
    }

    private async Task InvokeAsync(MethodInfo method, CancellationToken stoppingToken)
    {
        await using var scope = services.CreateAsyncScope();
        var instance = ActivatorUtilities.CreateInstance(scope.ServiceProvider, method.DeclaringType!);
        var arguments = method.GetParameters()
            .Select(parameter => parameter.ParameterType == typeof(CancellationToken) ? (object)stoppingToken : new TimerInfo());
        await (Task)method.Invoke(instance, [.. arguments])!;
    }

    [LoggerMessage(1, LogLevel.Error, "The timer function {Name} failed; it runs again on schedule.")]
    private partial void LogFailed(string name, Exception exception);
}
