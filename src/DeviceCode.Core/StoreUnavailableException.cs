namespace DeviceCode.Core;

/// <summary>The storage did not answer or refused: the same request may well succeed in a moment.</summary>
public sealed class StoreUnavailableException : Exception
{
    /// <summary>Creates the exception with what the storage said as its cause.</summary>
    public StoreUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
