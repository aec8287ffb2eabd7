namespace DeviceCode.Functions.SignIn;

/// <summary>Credentials cannot be validated now; the same request may succeed in a moment.</summary>
public sealed class SignInUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
