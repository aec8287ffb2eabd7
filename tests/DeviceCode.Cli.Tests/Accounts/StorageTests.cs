namespace DeviceCode.Cli.Tests.Accounts;

using DeviceCode.Cli.Accounts;

public sealed class StorageTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Directory.CreateTempSubdirectory("devicecode-storage-").FullName;

    [Fact]
    [OnlyOnUnix("Windows has no file modes.")]
    public async Task Only_the_owner_can_read_a_secret()
    {
        var store = new FileSecretStore(_folder);
        await store.SaveAsync("work", [1, 2, 3], default);

        Assert.Equal([1, 2, 3], await store.LoadAsync("work", default));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(store.PathOf("work")));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_folder, "work")));
    }

    [Fact]
    [OnlyOnUnix("Windows has no file modes.")]
    public async Task A_folder_that_exists_keeps_its_mode_and_a_file_is_replaced_by_a_private_one()
    {
        var store = new FileSecretStore(_folder);
        Directory.CreateDirectory(Path.Combine(_folder, "work"));
        File.SetUnixFileMode(Path.Combine(_folder, "work"), (UnixFileMode)0b111_111_111);
        File.WriteAllText(store.PathOf("work"), "readable by all");
        File.SetUnixFileMode(store.PathOf("work"), (UnixFileMode)0b110_100_100);

        await store.SaveAsync("work", [1], default);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(store.PathOf("work")));
        Assert.Equal((UnixFileMode)0b111_111_111, File.GetUnixFileMode(Path.Combine(_folder, "work")));
    }

    [Fact]
    public async Task What_is_not_there_is_null_and_can_be_deleted()
    {
        var store = new FileSecretStore(_folder);

        Assert.Null(await store.LoadAsync("work", default));
        await store.DeleteAsync("work", default);
        await store.SaveAsync("work", [1], default);
        await store.DeleteAsync("work", default);
        Assert.Null(await store.LoadAsync("work", default));
        Assert.Empty(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_reader_gets_the_old_or_the_new_one_and_never_a_half()
    {
        var store = new FileSecretStore(_folder);
        byte[][] both = [[.. Enumerable.Repeat((byte)1, 100_000)], [.. Enumerable.Repeat((byte)2, 50_000)]];
        await store.SaveAsync("work", both[0], default);
        using var done = new CancellationTokenSource();
        var reader = Task.Run(async () =>
        {
            var reads = 0;
            while (!done.IsCancellationRequested || reads == 0)
            {
                var secret = (await store.LoadAsync("work", default))!;
                Assert.Equal(both[secret[0] - 1], secret);
                reads++;
            }
        });

        for (var i = 0; i < 50; i++)
        {
            await store.SaveAsync("work", both[i % 2], default);
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
    [OnlyOnUnix("Symbolic links require a privilege on Windows.")]
    public async Task The_target_of_a_symbolic_link_is_written_and_deleted()
    {
        var store = new FileSecretStore(_folder);
        var target = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "elsewhere")).FullName, "target.json");
        await File.WriteAllTextAsync(target, "old");
        Directory.CreateDirectory(Path.Combine(_folder, "work"));
        File.CreateSymbolicLink(store.PathOf("work"), "../elsewhere/target.json");

        await store.SaveAsync("work", "new"u8.ToArray(), default);

        Assert.Equal("new", await File.ReadAllTextAsync(target));
        Assert.Equal("../elsewhere/target.json", new FileInfo(store.PathOf("work")).LinkTarget);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(target));
        await store.DeleteAsync("work", default);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder, "elsewhere")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_folder, "work")));
    }

    [Fact]
    [OnlyOnUnix("Symbolic links require a privilege on Windows.")]
    public async Task A_symbolic_link_to_nothing_gets_a_target()
    {
        var store = new FileSecretStore(_folder);
        Directory.CreateDirectory(Path.Combine(_folder, "work"));
        File.CreateSymbolicLink(store.PathOf("work"), Path.Combine(_folder, "target.json"));

        await store.SaveAsync("work", "new"u8.ToArray(), default);

        Assert.Equal("new", await File.ReadAllTextAsync(Path.Combine(_folder, "target.json")));
    }

    [Fact]
    public async Task A_proof_that_a_secret_can_be_stored_changes_nothing_but_spaces()
    {
        var store = new FileSecretStore(_folder);
        await store.ProveAsync("work", [], default);
        Assert.Empty(Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
        await store.SaveAsync("work", "{}"u8.ToArray(), default);

        await store.ProveAsync("work", "{}"u8.ToArray(), default);

        Assert.Equal("{}", (await File.ReadAllTextAsync(store.PathOf("work"))).TrimEnd(' '));
        Assert.Equal(["tokens.json"], Directory.GetFiles(Path.Combine(_folder, "work")).Select(Path.GetFileName));
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
