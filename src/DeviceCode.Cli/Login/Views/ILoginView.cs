namespace DeviceCode.Cli.Login.Views;

using DeviceCode.Client;

/// <summary>Shows a login while it waits for the user. Disposing of the view removes what must not stay on the screen.</summary>
internal interface ILoginView : IDeviceLoginPrompt, IAsyncDisposable;
