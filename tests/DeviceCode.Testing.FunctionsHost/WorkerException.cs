namespace DeviceCode.Testing.FunctionsHost;

/// <summary>A request of the host to the worker failed, or the worker ended.</summary>
public sealed class WorkerException(string message) : Exception(message);
