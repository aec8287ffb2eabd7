namespace DeviceCode.Core.OAuth;

/// <summary>The directory that knows which accounts are enabled.</summary>
public interface IUserDirectory
{
    /// <summary>Returns those of the users whose accounts are disabled or deleted.</summary>
    /// <param name="users">At most 1,000.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="DirectoryUnavailableException">The directory does not respond, or rejects this service.</exception>
    Task<IReadOnlyList<User>> FindGoneAsync(IReadOnlyList<User> users, CancellationToken cancellationToken);
}

/// <summary>The directory does not respond, or rejects this service.</summary>
/// <param name="message">What is wrong, and how to fix it.</param>
/// <param name="cause">The fault.</param>
public sealed class DirectoryUnavailableException(string message, Exception? cause = null) : Exception(message, cause);
