namespace DeviceCode.Testing.FunctionsHost;

/// <summary>A Functions host that serves the published app.</summary>
public interface IFunctionsHost : IAsyncDisposable
{
    /// <summary>The address that clients use.</summary>
    Uri Address { get; }

    /// <summary>The secrets that neither the host nor the worker may print or log.</summary>
    LeakSearch Leaks { get; }
}
