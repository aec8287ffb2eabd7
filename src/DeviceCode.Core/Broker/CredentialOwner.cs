namespace DeviceCode.Core.Broker;

using DeviceCode.Core.OAuth;

/// <summary>The owner of credentials, and the providers that it may use now.</summary>
public abstract record CredentialOwner
{
    /// <summary>The scope of an access token for every provider; with a colon and an id, for one provider.</summary>
    public const string Scope = "creds";

    private CredentialOwner(string key) => Key = key;

    /// <summary>A hash that identifies the owner. For a session, it can only be computed from its secret.</summary>
    public string Key { get; }

    /// <summary>Whether the owner's access token covers a provider. A session covers all of them.</summary>
    public abstract bool Covers(string providerId);

    /// <summary>Whether the configuration allows the owner to use a provider.</summary>
    public abstract bool MayUse(BrokerProvider provider);

    /// <summary>Returns the hash of one of the owner's names.</summary>
    internal string KeyOf(string name) => Hashes.Of("name", Key, name)[..32];

    /// <summary>A user with a client. Clients with the same <see cref="Client.CredentialGroup"/> share the user's credentials.</summary>
    /// <param name="Person">The user.</param>
    /// <param name="Client">The client to which the access token was issued.</param>
    /// <param name="Scopes">The scopes of the access token, separated by spaces.</param>
    public sealed record OfUser(User Person, Client Client, string Scopes) : CredentialOwner(KeyOf(Person, Client))
    {
        /// <summary>Whether the access token covers any provider.</summary>
        public bool CoversAny => OAuth.Scope.Split(Scopes).Any(
            scope => scope == Scope || scope.StartsWith($"{Scope}:", StringComparison.Ordinal));

        /// <inheritdoc />
        public override bool Covers(string providerId) =>
            OAuth.Scope.Has(Scopes, Scope) || OAuth.Scope.Has(Scopes, $"{Scope}:{providerId}");

        /// <inheritdoc />
        public override bool MayUse(BrokerProvider provider)
        {
            ArgumentNullException.ThrowIfNull(provider);
            return provider.Clients.Count == 0 || provider.Clients.Contains(Client.Id);
        }

        /// <summary>Hides the user.</summary>
        public override string ToString() => $"User of {Client.Id}";

        private static string KeyOf(User person, Client client) => client.CredentialGroup is { Length: > 0 } group
            ? Hashes.Of("user", person.TenantId, person.Subject, "group", group)
            : Hashes.Of("user", person.TenantId, person.Subject, "client", client.Id);
    }

    /// <summary>A session.</summary>
    /// <param name="Session">Its identifier.</param>
    /// <param name="IsNew">Whether it is made by this request.</param>
    public sealed record OfSession(CredentialSession Session, bool IsNew = false)
        : CredentialOwner(Hashes.Of("session", Convert.ToHexStringLower(Session.Secret)))
    {
        /// <inheritdoc />
        public override bool Covers(string providerId) => true;

        /// <inheritdoc />
        public override bool MayUse(BrokerProvider provider)
        {
            ArgumentNullException.ThrowIfNull(provider);
            return provider.Sessions;
        }

        /// <summary>Hides the session.</summary>
        public override string ToString() => "Session(****)";
    }
}
