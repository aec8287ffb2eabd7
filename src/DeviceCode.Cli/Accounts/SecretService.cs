namespace DeviceCode.Cli.Accounts;

using System.Runtime.InteropServices;

/// <summary>
/// Stores secrets in the keyring of a Linux desktop, the Secret Service of freedesktop.org, with the system's library, libsecret. Every
/// method blocks, and can be cancelled.
/// </summary>
internal static partial class SecretService
{
    private const string LibSecret = "libsecret-1.so.0";
    private const string LibGLib = "libglib-2.0.so.0";
    private const string LibGObject = "libgobject-2.0.so.0";
    private const string LibGio = "libgio-2.0.so.0";

    // The type of an entry. Entries are found without it: GNOME's keyring does not find a locked one by it.
    private static readonly KeyValuePair<string, string> Schema = new("xdg:schema", "tokens.keyring");

    // The alias of the user's default keyring.
    private const string Collection = "default";

    /// <summary>
    /// Looks for an entry without asking the user to unlock the keyring. While the default keyring is locked, an entry that is not found
    /// may still be in it, so it counts as locked.
    /// </summary>
    /// <exception cref="SecretServiceException">The keyring cannot be opened.</exception>
    public static SecretServiceEntry Find(IReadOnlyDictionary<string, string> attributes, CancellationToken cancellationToken) =>
        Call(attributes, (table, cancellable) =>
        {
            var service = secret_service_get_sync(0, cancellable, out var error);
            Check(error);
            try
            {
                var list = secret_service_search_sync(service, 0, table, 0, cancellable, out error);
                Check(error);
                if (list == 0)
                {
                    var collection = secret_collection_for_alias_sync(service, Collection, 0, cancellable, out error);
                    Check(error);
                    return collection != 0 && IsLocked(collection, secret_collection_get_locked)
                        ? SecretServiceEntry.Locked
                        : SecretServiceEntry.None;
                }

                // The first member of a GList is its data, here a SecretItem.
                var item = Marshal.ReadIntPtr(list);
                g_list_free(list);
                return IsLocked(item, secret_item_get_locked) ? SecretServiceEntry.Locked : SecretServiceEntry.Unlocked;
            }
            finally
            {
                g_object_unref(service);
            }
        }, cancellationToken);

    /// <summary>Returns the secret of an entry; null when there is none, or the user did not unlock the keyring.</summary>
    /// <exception cref="SecretServiceException">The keyring cannot be opened.</exception>
    public static string? Load(IReadOnlyDictionary<string, string> attributes, CancellationToken cancellationToken) =>
        Call(attributes, (table, cancellable) =>
        {
            var secret = secret_password_lookupv_sync(0, table, cancellable, out var error);
            Check(error);
            var text = Marshal.PtrToStringUTF8(secret);
            secret_password_free(secret);
            return text;
        }, cancellationToken);

    /// <summary>Stores the secret of an entry.</summary>
    /// <exception cref="SecretServiceException">It was not stored; the user may not have unlocked the keyring.</exception>
    public static void Store(
        IReadOnlyDictionary<string, string> attributes, string label, string secret, CancellationToken cancellationToken) =>
        Call(attributes.Append(Schema), (table, cancellable) =>
        {
            var isStored = secret_password_storev_sync(0, table, Collection, label, secret, cancellable, out var error) != 0;
            Check(error);
            return isStored ? true : throw new SecretServiceException("The secret was not stored.", isDismissed: true);
        }, cancellationToken);

    /// <summary>Deletes an entry, if there is one.</summary>
    /// <exception cref="SecretServiceException">It was not deleted; the user may not have unlocked the keyring.</exception>
    public static void Delete(IReadOnlyDictionary<string, string> attributes, CancellationToken cancellationToken)
    {
        Call(attributes, (table, cancellable) =>
        {
            var isDeleted = secret_password_clearv_sync(0, table, cancellable, out var error) != 0;
            Check(error);
            return isDeleted;
        }, cancellationToken);
        if (Find(attributes, cancellationToken) != SecretServiceEntry.None)
        {
            throw new SecretServiceException("The secret was not deleted.", isDismissed: true);
        }
    }

    private static T Call<T>(
        IEnumerable<KeyValuePair<string, string>> attributes, Func<nint, nint, T> call, CancellationToken cancellationToken)
    {
        var (table, cancellable) = (g_hash_table_new(0, 0), g_cancellable_new());
        var texts = new List<nint>();
        try
        {
            foreach (var (name, value) in attributes)
            {
                texts.AddRange([Marshal.StringToCoTaskMemUTF8(name), Marshal.StringToCoTaskMemUTF8(value)]);
                _ = g_hash_table_insert(table, texts[^2], texts[^1]);
            }

            using var cancelling = cancellationToken.Register(() => g_cancellable_cancel(cancellable));
            return call(table, cancellable);
        }
        finally
        {
            g_hash_table_unref(table);
            g_object_unref(cancellable);
            texts.ForEach(Marshal.FreeCoTaskMem);
        }
    }

    private static bool IsLocked(nint instance, Func<nint, int> isLocked)
    {
        var result = isLocked(instance) != 0;
        g_object_unref(instance);
        return result;
    }

    private static void Check(nint error)
    {
        if (error != 0)
        {
            var message = Marshal.PtrToStringUTF8(Marshal.PtrToStructure<GError>(error).Message);
            g_error_free(error);
            throw new SecretServiceException(message ?? "The keyring failed.", isDismissed: false);
        }
    }

    [LibraryImport(LibSecret)]
    private static partial nint secret_service_get_sync(int flags, nint cancellable, out nint error);

    [LibraryImport(LibSecret)]
    private static partial nint secret_service_search_sync(
        nint service, nint schema, nint attributes, int flags, nint cancellable, out nint error);

    [LibraryImport(LibSecret)]
    private static partial int secret_item_get_locked(nint item);

    [LibraryImport(LibSecret, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint secret_collection_for_alias_sync(nint service, string alias, int flags, nint cancellable, out nint error);

    [LibraryImport(LibSecret)]
    private static partial int secret_collection_get_locked(nint collection);

    [LibraryImport(LibSecret)]
    private static partial nint secret_password_lookupv_sync(nint schema, nint attributes, nint cancellable, out nint error);

    [LibraryImport(LibSecret, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int secret_password_storev_sync(
        nint schema, nint attributes, string collection, string label, string password, nint cancellable, out nint error);

    [LibraryImport(LibSecret)]
    private static partial int secret_password_clearv_sync(nint schema, nint attributes, nint cancellable, out nint error);

    [LibraryImport(LibSecret)]
    private static partial void secret_password_free(nint password);

    [LibraryImport(LibGLib)]
    private static partial nint g_hash_table_new(nint hash, nint equal);

    [LibraryImport(LibGLib)]
    private static partial int g_hash_table_insert(nint table, nint key, nint value);

    [LibraryImport(LibGLib)]
    private static partial void g_hash_table_unref(nint table);

    [LibraryImport(LibGLib)]
    private static partial void g_list_free(nint list);

    [LibraryImport(LibGLib)]
    private static partial void g_error_free(nint error);

    [LibraryImport(LibGObject)]
    private static partial void g_object_unref(nint instance);

    [LibraryImport(LibGio)]
    private static partial nint g_cancellable_new();

    [LibraryImport(LibGio)]
    private static partial void g_cancellable_cancel(nint cancellable);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct GError
    {
        public readonly uint Domain;
        public readonly int Code;
        public readonly nint Message;
    }
}

/// <summary>Whether the keyring has an entry.</summary>
internal enum SecretServiceEntry
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>There is one, in a keyring that must be unlocked first.</summary>
    Locked,

    /// <summary>There is one.</summary>
    Unlocked,
}

/// <summary>The keyring failed.</summary>
/// <param name="message">The message of libsecret, for developers.</param>
/// <param name="isDismissed">Whether the user did not unlock the keyring.</param>
internal sealed class SecretServiceException(string message, bool isDismissed) : Exception(message)
{
    public bool IsDismissed { get; } = isDismissed;
}
