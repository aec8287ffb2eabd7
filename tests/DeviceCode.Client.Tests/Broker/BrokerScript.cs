namespace DeviceCode.Client.Tests.Broker;

/// <summary>The responses of a credential broker, and clients of it.</summary>
internal static class BrokerScript
{
    public const string Session = "dcs_0123456789abcdefghijABCDEFGHIJ";
    public const string AccessToken = "gho_secret-access-token-1";

    public const string PendingJson = """
        {"name": "github", "provider": "github", "status": "pending", "user_code": "WDJB-MJHT",
        "verification_uri": "https://github.com/login/device", "expires_in": 900, "interval": 5}
        """;

    public const string TokenJson = """
        {"access_token": "gho_secret-access-token-1", "token_type": "Bearer", "expires_in": 3600, "scope": "repo", "provider": "github",
        "account": "alice"}
        """;

    public static Uri Service { get; } = new("https://login.example.com/");

    /// <summary>A client of a user, whose access token is <c>at-user-secret</c>.</summary>
    public static CredentialClient ForUser(this ScriptedServer server) =>
        new(Service, _ => Task.FromResult("at-user-secret"), server.Transport);

    public static CredentialClient ForSession(this ScriptedServer server, string? session = Session) =>
        CredentialClient.ForSession(Service, session, server.Transport);

    public static ScriptedServer StillPending(this ScriptedServer server, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            server.Respond(
                $$"""{"error": "authorization_pending", "error_description": "Not yet.", {{PendingJson[1..]}}""", 503, "application/json",
                ("Retry-After", "5"));
        }

        return server;
    }

    public static string[] Lines(this ScriptedServer server) =>
        [.. server.Requests.Select(request => $"{request.Method} {request.Uri.PathAndQuery}")];
}
