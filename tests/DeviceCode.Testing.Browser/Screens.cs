namespace DeviceCode.Testing.Browser;

using Microsoft.Playwright;

/// <summary>The screens that the page is looked at on, and where the pictures of it go.</summary>
public static class Screens
{
    public static ViewportSize Phone => new() { Width = 360, Height = 740 };

    public static ViewportSize Desktop => new() { Width = 1280, Height = 800 };

    /// <summary>The narrowest that must do.</summary>
    public static ViewportSize Narrowest => new() { Width = 320, Height = 568 };

    /// <summary>An ignored folder.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "artifacts", "screens");
}
