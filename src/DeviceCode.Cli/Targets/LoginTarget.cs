namespace DeviceCode.Cli.Targets;

using System.Text.Json;
using System.Text.Json.Serialization;
using DeviceCode.Cli.Running;
using DeviceCode.Client;

/// <summary>The target of a login. It contains no secret.</summary>
[JsonConverter(typeof(LoginTargetConverter))]
internal abstract record LoginTarget
{
    private LoginTarget()
    {
    }

    /// <summary>The name shown to the user.</summary>
    public abstract string Name { get; }

    /// <summary>The URL that identifies the issuer of the tokens.</summary>
    public abstract string Issuer { get; }

    /// <summary>
    /// Returns the target that a text names: a configured provider, a built-in one, or a URL. At a URL, the client id decides: with one,
    /// the login is at the OAuth server and returns tokens; without, it is at the DeviceCode service and returns only the user.
    /// </summary>
    /// <param name="text">The URL or the name.</param>
    /// <param name="clientId">The client id, if any.</param>
    /// <param name="configured">The providers of the configuration file.</param>
    /// <exception cref="CommandException">The text names neither a provider nor a URL.</exception>
    public static LoginTarget Parse(string text, string? clientId, IReadOnlyDictionary<string, Client.Provider> configured)
    {
        if (configured.TryGetValue(text, out var custom))
        {
            return new Provider(custom) { ClientId = clientId };
        }

        try
        {
            if (NamedProvider.Find(text) is { } known)
            {
                return new Provider(known) { ClientId = clientId };
            }
        }
        catch (DeviceLoginException invalid)
        {
            throw new CommandException(
                ExitCode.Usage, invalid.Message, $"{invalid.Fix} \"devicecode providers\" lists all names.");
        }

        var address = WebAddresses.Parse(text) ?? throw new CommandException(
            ExitCode.Usage,
            $"\"{text}\" is neither a known provider nor a valid URL.",
            "Use a URL like https://login.example.com, or a name that \"devicecode providers\" lists.");
        return clientId is null ? new Service(address) : new Provider(Providers.Discover(address)) { ClientId = clientId };
    }

    /// <summary>A DeviceCode service. The login returns the user and no tokens.</summary>
    internal sealed record Service(Uri Address) : LoginTarget
    {
        public override string Name => Address.Authority;

        public override string Issuer => Address.AbsoluteUri;
    }

    /// <summary>An OAuth provider. The login returns tokens.</summary>
    /// <param name="Server">The authorization server; with all of its endpoints once a code was requested.</param>
    internal sealed record Provider(Client.Provider Server) : LoginTarget
    {
        /// <summary>The client id; null for the provider's default.</summary>
        public string? ClientId { get; init; }

        /// <summary>A file that contains the client secret. It is read whenever the secret is needed, and never copied.</summary>
        public string? ClientSecretFile { get; init; }

        /// <summary>The scopes to request; null for the provider's default.</summary>
        public string? Scope { get; init; }

        /// <summary>Additional parameters of the device authorization request.</summary>
        public IReadOnlyDictionary<string, string>? Parameters { get; init; }

        /// <summary>The client id, or else the provider's default; null when there is neither.</summary>
        public string? EffectiveClientId => ClientId ?? Server.ClientId;

        public override string Name => Server.Name;

        public override string Issuer => (Server.TokenEndpoint ?? Server.Issuer)!.AbsoluteUri;

        public DeviceLogin ToLogin(string? clientSecret, Transport transport) => new(new DeviceLoginOptions
        {
            Provider = Server,
            ClientId = ClientId,
            ClientSecret = clientSecret,
            Scope = Scope,
            Parameters = Parameters ?? new Dictionary<string, string>(),
            Transport = transport,
        });
    }
}

/// <summary>
/// Reads and writes a target in the format of the stored profiles: one object with either a <c>service</c> or a <c>provider</c>. It has no
/// type discriminator, because the first version wrote none.
/// </summary>
internal sealed class LoginTargetConverter : JsonConverter<LoginTarget>
{
    public override LoginTarget Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var json = JsonSerializer.Deserialize(ref reader, LoginTargetJson.Default.LoginTargetDocument);
        return json switch
        {
            { Service: { } service, Provider: null } when service.IsWeb() => new LoginTarget.Service(service),
            { Service: null, Provider: { } provider }
                when provider.HasOnlyWebAddresses()
                    && (provider.TokenEndpoint ?? provider.Issuer) is not null
                    && json.Parameters?.Values.Contains(null!) != true =>
                new LoginTarget.Provider(provider)
                {
                    ClientId = json.ClientId,
                    ClientSecretFile = json.ClientSecretFile,
                    Scope = json.Scope,
                    Parameters = json.Parameters,
                },
            _ => throw new JsonException("A target must have either a service or a provider, with https or http URLs."),
        };
    }

    public override void Write(Utf8JsonWriter writer, LoginTarget value, JsonSerializerOptions options) => JsonSerializer.Serialize(
        writer,
        value switch
        {
            LoginTarget.Service service => new LoginTargetDocument { Service = service.Address },
            LoginTarget.Provider provider => new LoginTargetDocument
            {
                Provider = provider.Server,
                ClientId = provider.ClientId,
                ClientSecretFile = provider.ClientSecretFile,
                Scope = provider.Scope,
                Parameters = provider.Parameters,
            },
            _ => throw new JsonException(),
        },
        LoginTargetJson.Default.LoginTargetDocument);
}

internal sealed record LoginTargetDocument
{
    public Uri? Service { get; init; }

    public Provider? Provider { get; init; }

    public string? ClientId { get; init; }

    public string? ClientSecretFile { get; init; }

    public string? Scope { get; init; }

    public IReadOnlyDictionary<string, string>? Parameters { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LoginTargetDocument))]
internal sealed partial class LoginTargetJson : JsonSerializerContext;
