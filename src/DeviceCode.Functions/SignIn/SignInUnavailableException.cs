namespace DeviceCode.Functions.SignIn;

/// <summary>Nobody can tell now whether credentials are valid: the same request may well succeed in a moment.</summary>
public sealed class SignInUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
