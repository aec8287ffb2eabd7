namespace DeviceCode.LocalHost;

/// <summary>The message at start-up: the commands of a whole login, ready to paste.</summary>
internal static partial class Welcome
{
    [LoggerMessage(
        1,
        LogLevel.Information,
        """
        DeviceCode runs at {Url}; its state is {Durability}. Ctrl-C stops it. To log in, run in another terminal:

          curl -X POST {Url}/auth/device/code
          curl {Url}/auth/device/authorize --json '{{"user_code": "…"}}' -H 'Authorization: Bearer dev:alice@example.com'
          curl {Url}/auth/device/token --json '{{"device_code": "…"}}'

        Instead of the second line, you can open {Url}/device in a browser.
        Credentials at other providers are at {Url}/creds; see docs/broker.md.

        """)]
    public static partial void Log(ILogger logger, string url, string durability);
}
