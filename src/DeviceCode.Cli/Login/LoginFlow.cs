namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Profiles;
using DeviceCode.Client;

/// <summary>One of the two kinds of login: a code is asked for, maybe by one process, and its end waited for, maybe by another.</summary>
internal abstract class LoginFlow
{
    /// <summary>What is signed in to; with more in it once a code was asked for.</summary>
    public abstract LoginTarget Target { get; }

    /// <summary>Asks for a code.</summary>
    public abstract Task<DeviceAuthorization> RequestAsync(CancellationToken cancellationToken);

    /// <summary>Waits for the person, and keeps what comes of it.</summary>
    public abstract Task<Profile> FinishAsync(DeviceAuthorization authorization, ILoginView view, CancellationToken cancellationToken);
}
