namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Failures;
using DeviceCode.Client;

/// <summary>What to sign in to: a provider, which ends with tokens, or a service that only tells who signed in. Nothing in it is secret.</summary>
internal sealed record LoginTarget
{
    /// <summary>A DeviceCode service, to learn who signed in; null for a provider.</summary>
    public Uri? Service { get; init; }

    /// <summary>An OAuth provider; null for a service.</summary>
    public Provider? Provider { get; init; }

    /// <summary>The client to be; null for the provider's default.</summary>
    public string? ClientId { get; init; }

    /// <summary>A file with the client's secret, which is read whenever it is needed; null when there is none.</summary>
    public string? ClientSecretFile { get; init; }

    /// <summary>What to ask for; null for the provider's default.</summary>
    public string? Scope { get; init; }

    /// <summary>More parameters of the device authorization request.</summary>
    public IReadOnlyDictionary<string, string>? Parameters { get; init; }

    /// <summary>What a person calls it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Name => Provider?.Name ?? Service!.Authority;

    /// <summary>Who issues the tokens: the token endpoint, which is known once a code was asked for.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Issuer => (Provider?.TokenEndpoint ?? Provider?.Issuer ?? Service)!.AbsoluteUri;

    /// <summary>The login at the provider.</summary>
    /// <param name="clientSecret">The client's secret, if it is known already.</param>
    /// <param name="connection">How the provider is reached.</param>
    public DeviceLogin ToLogin(string? clientSecret, Connection connection) => new(new DeviceLoginOptions
    {
        Provider = Provider!,
        ClientId = ClientId,
        ClientSecret = clientSecret ?? ReadSecret(),
        Scope = Scope,
        Parameters = Parameters ?? new Dictionary<string, string>(),
        Connection = connection,
    });

    /// <summary>The client secret in <see cref="ClientSecretFile"/>; null when there is no file.</summary>
    public string? ReadSecret()
    {
        try
        {
            return ClientSecretFile is null ? null : File.ReadAllText(ClientSecretFile).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                ExitCode.Usage, $"The client secret cannot be read from {ClientSecretFile}.", "Put it there, or into DEVICECODE_CLIENT_SECRET.", unreadable);
        }
    }
}
