namespace DeviceCode.Cli.Tests.Accounts;

using DeviceCode.Cli.Accounts;

public sealed class StorageTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-storage-").FullName;

    [Fact]
    [OnlyOnUnix("Windows has no file modes.")]
    public void Only_the_owner_can_read_a_secret()
    {
        var store = new FileSecretStore(_folder);
        store.Save("work", [1, 2, 3]);

        Assert.Equal([1, 2, 3], store.Load("work"));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(store.PathOf("work")));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_folder, "work")));
    }

    [Fact]
    [OnlyOnUnix("Windows has no file modes.")]
    public void A_folder_that_others_could_enter_is_closed_and_a_file_replaced_by_a_private_one()
    {
        var store = new FileSecretStore(_folder);
        Directory.CreateDirectory(Path.Combine(_folder, "work"), (UnixFileMode)0b111_111_111);
        File.WriteAllText(store.PathOf("work"), "readable by all");
        File.SetUnixFileMode(store.PathOf("work"), (UnixFileMode)0b110_100_100);

        store.Save("work", [1]);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(store.PathOf("work")));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_folder, "work")));
    }

    [Fact]
    public void What_is_not_there_is_null_and_can_be_deleted()
    {
        var store = new FileSecretStore(_folder);

        Assert.Null(store.Load("work"));
        store.Delete("work");
        store.Save("work", [1]);
        store.Delete("work");
        Assert.Null(store.Load("work"));
        Assert.Empty(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_reader_gets_the_old_or_the_new_one_and_never_a_half()
    {
        var store = new FileSecretStore(_folder);
        byte[][] both = [[.. Enumerable.Repeat((byte)1, 100_000)], [.. Enumerable.Repeat((byte)2, 50_000)]];
        store.Save("work", both[0]);
        using var done = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var reads = 0;
            while (!done.IsCancellationRequested || reads == 0)
            {
                var secret = store.Load("work")!;
                Assert.Equal(both[secret[0] - 1], secret);
                reads++;
            }
        });

        for (var i = 0; i < 50; i++)
        {
            store.Save("work", both[i % 2]);
        }

        await done.CancelAsync();
        await reader;
        Assert.Equal(["tokens.json"], Directory.GetFiles(Path.Combine(_folder, "work")).Select(Path.GetFileName));
    }

    [Fact]
    public void A_write_that_fails_leaves_the_old_one_and_no_draft()
    {
        var path = Path.Combine(_folder, "work", "tokens.json");
        Directory.CreateDirectory(Path.Combine(path, "in the way"));

        Assert.ThrowsAny<SystemException>(() => PrivateFile.Write(path, [1]));

        Assert.Equal([path], Directory.GetFileSystemEntries(Path.Combine(_folder, "work")));
    }

    [Fact]
    public async Task A_lock_is_held_by_one_and_waited_for_by_others()
    {
        var path = Path.Combine(_folder, "work", "lock");
        var first = await ProcessLock.AcquireAsync(path, CancellationToken.None);
        var second = ProcessLock.AcquireAsync(path, CancellationToken.None);
        using var cancellation = new CancellationTokenSource();
        var third = ProcessLock.AcquireAsync(path, cancellation.Token);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        Assert.False(second.IsCompleted);
        await first.DisposeAsync();
        await (await second).DisposeAsync();
        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task A_lock_that_cannot_be_had_at_all_is_no_wait_for_ever()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "work", "lock"));

        await Assert.ThrowsAnyAsync<SystemException>(
            () => ProcessLock.AcquireAsync(Path.Combine(_folder, "work", "lock"), CancellationToken.None));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
