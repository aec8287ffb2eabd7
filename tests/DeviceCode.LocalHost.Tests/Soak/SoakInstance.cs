namespace DeviceCode.LocalHost.Tests.Soak;

/// <summary>One of several instances of the service that share their tables.</summary>
internal sealed class SoakInstance(string name, HostProcess host)
{
    private volatile Life _life = new();

    public string Name => name;

    public Uri Address => host.Address;

    /// <summary>The current run of the process.</summary>
    public Life Current => _life;

    public IReadOnlyList<string> Printed => host.Printed;

    /// <summary>Stops the instance, so that it completes its requests, and starts it again, perhaps on another port.</summary>
    public async Task TerminateAndStartAsync()
    {
        Current.HasEnded = true;
        Assert.Equal(0, await host.TerminateAsync());
        await StartAgainAsync();
    }

    /// <summary>Kills the instance and starts it again, perhaps on another port.</summary>
    public async Task KillAndStartAsync()
    {
        Current.HasEnded = true;
        await host.KillAsync();
        await StartAgainAsync();
    }

    private async Task StartAgainAsync()
    {
        await host.StartAgainAsync();
        _life = new Life();
    }

    /// <summary>A run of the process, from its start to its end.</summary>
    internal sealed class Life
    {
        private volatile bool _hasEnded;

        /// <summary>
        /// Whether the process was killed or stopped. Then it may not have done what follows the last response; a stop waits a second.
        /// </summary>
        public bool HasEnded
        {
            get => _hasEnded;
            set => _hasEnded = value;
        }
    }
}
