namespace DeviceCode.Testing;

using DeviceCode.Core;
using DeviceCode.Core.Broker;

/// <summary>A store that fails at chosen calls: before the call, or after it, as if the response were lost.</summary>
public sealed class FaultyCredentialStore(ICredentialStore inner) : ICredentialStore
{
    /// <summary>Called with the name of each method before it runs.</summary>
    public Action<string> Before { get; set; } = _ => { };

    /// <summary>Called with the name of each method after it has run.</summary>
    public Action<string> After { get; set; } = _ => { };

    public static StoreUnavailableException Down => new("The storage is down.");

    public Task<Credential?> FindAsync(string ownerKey, string nameKey, CancellationToken cancellationToken) =>
        RunAsync("find", () => inner.FindAsync(ownerKey, nameKey, cancellationToken));

    public Task<OwnedCredentials> ListAsync(string ownerKey, CancellationToken cancellationToken) =>
        RunAsync("list", () => inner.ListAsync(ownerKey, cancellationToken));

    public Task<Credential?> TryAddAsync(Credential credential, bool addsSession, CancellationToken cancellationToken) =>
        RunAsync("add", () => inner.TryAddAsync(credential, addsSession, cancellationToken));

    public Task<Credential?> TryReplaceAsync(Credential credential, CancellationToken cancellationToken) =>
        RunAsync("replace", () => inner.TryReplaceAsync(credential, cancellationToken));

    public Task<bool> TryDeleteAsync(Credential credential, CancellationToken cancellationToken) =>
        RunAsync("delete", () => inner.TryDeleteAsync(credential, cancellationToken));

    public Task DeleteSessionAsync(string ownerKey, CancellationToken cancellationToken) =>
        inner.DeleteSessionAsync(ownerKey, cancellationToken);

    public Task<CredentialMark?> AddMarkAsync(CredentialMark mark, CancellationToken cancellationToken) =>
        RunAsync("mark", () => inner.AddMarkAsync(mark, cancellationToken));

    public Task<IReadOnlyList<Credential>> FindOverdueAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        inner.FindOverdueAsync(before, cancellationToken);

    public Task<int> PurgeAsync(DateTimeOffset now, CancellationToken cancellationToken) => inner.PurgeAsync(now, cancellationToken);

    public Task PingAsync(CancellationToken cancellationToken) => inner.PingAsync(cancellationToken);

    private async Task<T> RunAsync<T>(string method, Func<Task<T>> call)
    {
        Before(method);
        var result = await call();
        After(method);
        return result;
    }
}
