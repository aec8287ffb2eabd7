namespace DeviceCode.Core;

/// <summary>The storage did not respond, or rejected the request. A retry may succeed.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What went wrong, in one sentence.</param>
    /// <param name="innerException">The error of the storage client.</param>
    public StoreUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
