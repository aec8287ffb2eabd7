namespace DeviceCode.Client.Tests.Service;

using System.Net.Sockets;
using DeviceCode.Testing.Service;

/// <summary>Runs our own service on Kestrel and a client of it, over real HTTP, with a clock that the test controls.</summary>
internal sealed class LiveService : DelegatingHandler, IDeviceLoginPrompt
{
    private readonly TestService _service;
    private readonly Func<DeviceAuthorization, TestService, Task> _person;
    private volatile bool _waiting;
    private DateTimeOffset _nextPollAt;
    private int _toLose;

    /// <param name="person">Acts as the user when the code is shown.</param>
    /// <param name="settings">The settings of the service.</param>
    public LiveService(Func<DeviceAuthorization, TestService, Task>? person = null, Dictionary<string, string>? settings = null)
    {
        _service = new TestService(settings);
        _person = person ?? Approve;

        // The public URL of the service is http://localhost:7071, whichever port it listens on.
        var port = _service.Client.BaseAddress!.Port;
        InnerHandler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
    }

    public static Uri Address { get; } = new("http://localhost:7071");

    public TestService Server => _service;

    public Transport Transport => new() { Handler = this, TimeProvider = _service.Time, Jitter = () => 0 };

    public DeviceLogin Login => new(
        new() { Provider = Providers.Discover(Address), ClientId = "cli", Scope = "profile email offline_access", Transport = Transport });

    public List<string> Paths { get; } = [];

    public List<DeviceLoginState> States { get; } = [];

    /// <summary>Loses the next response that completes a login.</summary>
    public void LoseTheResponse() => _toLose = 1;

    public static Task Approve(DeviceAuthorization authorization, TestService service) => Decide(authorization, service, "approve");

    public static Task Deny(DeviceAuthorization authorization, TestService service) => Decide(authorization, service, "deny");

    public static Task Ignore(DeviceAuthorization authorization, TestService service) => Task.CompletedTask;

    /// <summary>Runs a login, and advances the time while it waits.</summary>
    public async Task<T> RunAsync<T>(Func<IDeviceLoginPrompt, Task<T>> login)
    {
        var task = Task.Run(() => login(this));
        while (!task.IsCompleted)
        {
            if (_waiting)
            {
                _service.Time.Advance(TimeSpan.FromSeconds(1));
            }

            // Slower when a poll is due, because a busy machine may need longer.
            await Task.WhenAny(task, Task.Delay(_service.Time.GetUtcNow() < _nextPollAt ? 5 : 100));
        }

        return await task;
    }

    /// <summary>Combines a prompt with this one, which acts as the user and advances the time.</summary>
    public IDeviceLoginPrompt With(IDeviceLoginPrompt shown) => new Both(shown, this);

    /// <summary>Returns this handler for a client that disposes of its handler.</summary>
    public HttpMessageHandler Lend() => new Lent(this);

    public Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
    {
        _service.Watch(authorization.DeviceCode);
        _service.Watch(authorization.UserCode);
        return _person(authorization, _service);
    }

    public void Report(DeviceLoginProgress progress)
    {
        States.Add(progress.State);
        _nextPollAt = progress.NextPollAt;
        _waiting = true;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _waiting = false;
        lock (Paths)
        {
            Paths.Add(request.RequestUri!.AbsolutePath);
        }

        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var completes = body.Contains(
            "\"access_token\"", StringComparison.Ordinal) || body.Contains("\"status\":\"complete\"", StringComparison.Ordinal);
        if (completes && Interlocked.Exchange(ref _toLose, 0) == 1)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded);
        }

        return response;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _service.Dispose();
        }
    }

    private static async Task Decide(DeviceAuthorization authorization, TestService service, string action) =>
        Assert.Equal(200, (await service.AuthorizeAsync(authorization.UserCode, action)).Status);

    private sealed class Both(IDeviceLoginPrompt first, IDeviceLoginPrompt second) : IDeviceLoginPrompt
    {
        public async Task ShowAsync(DeviceAuthorization authorization, CancellationToken cancellationToken)
        {
            await first.ShowAsync(authorization, cancellationToken);
            await second.ShowAsync(authorization, cancellationToken);
        }

        public void Report(DeviceLoginProgress progress)
        {
            first.Report(progress);
            second.Report(progress);
        }
    }

    private sealed class Lent(LiveService service) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            service.SendAsync(request, cancellationToken);
    }
}
