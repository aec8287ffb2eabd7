namespace DeviceCode.Testing.FunctionsHost;

/// <summary>The worker failed at what the host asked of it, or ended.</summary>
public sealed class WorkerException(string message) : Exception(message);
