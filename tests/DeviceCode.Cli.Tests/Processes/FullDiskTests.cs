namespace DeviceCode.Cli.Tests.Processes;

using DeviceCode.Cli.Running;

/// <summary>Tests the command on file systems that are full or consist of single files, which the tests mount in a namespace.</summary>
[OnlyOnLinux("Other systems have no mount namespaces.")]
public sealed class FullDiskTests : IDisposable
{
    private readonly Shell _shell = new();

    private string Tokens => Path.Combine(_shell.Data, "default", "tokens.json");

    [Theory]
    [InlineData("token", "/token")]
    [InlineData("token --refresh", "/token")]
    [InlineData("login", "/device_authorization")]
    [InlineData("login --no-wait", "/device_authorization")]
    public async Task A_full_disk_is_noticed_before_anything_is_used_up(string line, string path)
    {
        using var provider = await new FakeProvider { AccessTokenLifetime = 1 }.ListenAsync();
        var cli = await SignedInAsync(provider);
        provider.Requests.Clear();

        // The token expires first. The lock exists already, because an empty file needs no space.
        var run = await InNamespaceAsync(cli, $"""
            mkdir disk && mount -t tmpfs -o size=256k none disk && cp -r data/. disk
            dd if=/dev/zero of=disk/filler bs=4k 2>/dev/null
            sleep 1.1
            DEVICECODE_DATA=$PWD/disk {Command(cli)} {line}
            """);

        Assert.Contains("No space left on device", run.Ended(ExitCode.Fault).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(provider.Requests, request => request.Uri.AbsolutePath == path);
    }

    [Fact]
    public async Task Tokens_in_a_file_that_is_a_mount_point_are_refreshed_in_place_and_deleted()
    {
        using var provider = await new FakeProvider { AccessTokenLifetime = 1 }.ListenAsync();
        var cli = await SignedInAsync(provider);
        var mounted = Path.Combine(_shell.Folder, "mounted.json");
        File.Copy(Tokens, mounted);

        var run = await InNamespaceAsync(cli, $"""
            mount --bind mounted.json data/default/tokens.json
            {Command(cli)} token && {Command(cli)} token && cat mounted.json && {Command(cli)} logout && wc -c mounted.json
            """);

        Assert.StartsWith("access-token-00000002\naccess-token-00000003\n", run.Ended(ExitCode.Ok).Output, StringComparison.Ordinal);
        Assert.Contains("\"refresh_token\":\"refresh-token-00000003\"", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n0 mounted.json\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_file_system_behind_a_mounted_file_is_noticed_too()
    {
        using var provider = await new FakeProvider { AccessTokenLifetime = 1 }.ListenAsync();
        var cli = await SignedInAsync(provider);
        provider.Requests.Clear();

        var run = await InNamespaceAsync(cli, $"""
            mkdir disk && mount -t tmpfs -o size=256k none disk && cp data/default/tokens.json disk
            dd if=/dev/zero of=disk/filler bs=4k 2>/dev/null
            mount --bind disk/tokens.json data/default/tokens.json
            sleep 1.1
            {Command(cli)} token; echo "exit $?"; grep -c refresh-token-00000001 disk/tokens.json
            """);

        Assert.Equal("exit 1\n1\n", run.Output);
        Assert.Empty(provider.Requests);
    }

    [Fact]
    public async Task A_folder_that_is_read_only_around_a_mounted_file_does_not_matter()
    {
        using var provider = await new FakeProvider { AccessTokenLifetime = 1 }.ListenAsync();
        var cli = await SignedInAsync(provider);
        File.Copy(Tokens, Path.Combine(_shell.Folder, "mounted.json"));

        var run = await InNamespaceAsync(cli, $"""
            mount --bind data data && mount -o remount,ro,bind data
            mount --bind mounted.json data/default/tokens.json
            {Command(cli)} token; {Command(cli)} token
            """);

        Assert.Equal("access-token-00000002\naccess-token-00000003\n", run.Ended(ExitCode.Ok).Output);
    }

    public void Dispose() => _shell.Dispose();

    private async Task<CliProcess> SignedInAsync(FakeProvider provider)
    {
        var cli = new CliProcess(_shell.Folder);
        (await cli.RunAsync("login", provider.Address.AbsoluteUri, "--client-id", "cli", "--storage", "file")).Ended(ExitCode.Ok);
        return cli;
    }

    private static string Command(CliProcess cli) => string.Join(' ', cli.Command);

    private Task<Run> InNamespaceAsync(CliProcess cli, string script) => CliProcess.RunAsync(new CliWrap.Command("unshare")
        .WithArguments(["--map-root-user", "--mount", "bash", "-c", script])
        .WithWorkingDirectory(_shell.Folder)
        .WithEnvironmentVariables(cli.Environment));
}
