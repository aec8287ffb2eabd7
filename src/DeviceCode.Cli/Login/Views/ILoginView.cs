namespace DeviceCode.Cli.Login.Views;

using DeviceCode.Client;

/// <summary>Shows a login while it waits for the user. Disposing of the view clears the part of the screen that it redraws.</summary>
internal interface ILoginView : IDeviceLoginPrompt, IAsyncDisposable;
