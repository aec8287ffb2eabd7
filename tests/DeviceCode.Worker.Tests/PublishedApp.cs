namespace DeviceCode.Worker.Tests;

using CliWrap;
using CliWrap.Buffered;

/// <summary>The app as <c>azd deploy</c> publishes it, once for all tests.</summary>
public sealed class PublishedApp : IAsyncLifetime
{
    /// <summary>The folder with the published files.</summary>
    public string Folder { get; } = Path.Combine(Repository.Root, "artifacts", "worker");

    public async ValueTask InitializeAsync()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        var project = Path.Combine(Repository.Root, "src", "DeviceCode.Functions");
        var published = await Cli.Wrap("dotnet")
            .WithArguments(["publish", project, "--configuration", "Release", "--output", Folder, "--disable-build-servers", "--nologo"])
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync();
        Assert.True(published.IsSuccess, published.StandardOutput + published.StandardError);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
