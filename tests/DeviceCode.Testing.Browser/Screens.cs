namespace DeviceCode.Testing.Browser;

using Microsoft.Playwright;

/// <summary>The screen sizes of the tests, and the folder for their screenshots.</summary>
public static class Screens
{
    public static ViewportSize Phone => new() { Width = 360, Height = 740 };

    public static ViewportSize Desktop => new() { Width = 1280, Height = 800 };

    /// <summary>The narrowest screen that the page supports.</summary>
    public static ViewportSize Narrowest => new() { Width = 320, Height = 568 };

    /// <summary>The folder for screenshots, which Git ignores.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "artifacts", "screens");
}
