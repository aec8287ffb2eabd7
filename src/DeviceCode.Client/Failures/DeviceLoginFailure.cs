namespace DeviceCode.Client;

/// <summary>Why there is no token, in the terms of somebody who must decide what to do next.</summary>
public enum DeviceLoginFailure
{
    /// <summary>The person said no.</summary>
    Denied,

    /// <summary>The person did not decide in time.</summary>
    Expired,

    /// <summary>The server does not know the device code any more, or has answered it already.</summary>
    InvalidCode,

    /// <summary>The refresh token is spent, expired or revoked: only a new login helps.</summary>
    SignInAgain,

    /// <summary>The person, the application or the device may not sign in, by a rule of an administrator or the provider.</summary>
    Policy,

    /// <summary>The client id, the secret, the scope or an address is wrong: whoever set up the command must change something.</summary>
    Configuration,

    /// <summary>The server cannot be reached, or is out of order.</summary>
    Network,

    /// <summary>The server answers, but not what the RFCs say.</summary>
    Protocol,
}
