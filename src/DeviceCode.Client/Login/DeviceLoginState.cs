namespace DeviceCode.Client;

/// <summary>What the last poll brought.</summary>
public enum DeviceLoginState
{
    /// <summary>There was none yet.</summary>
    Started,

    /// <summary>The person has not decided (<c>authorization_pending</c>).</summary>
    Pending,

    /// <summary>The server wants fewer polls (<c>slow_down</c>, or status 429).</summary>
    SlowDown,

    /// <summary>No answer, or none that makes sense. The login goes on, and polls again later and later.</summary>
    Trouble,
}
