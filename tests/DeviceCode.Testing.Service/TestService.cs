namespace DeviceCode.Testing.Service;

using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using DeviceCode.Core.Devices;
using DeviceCode.LocalHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

/// <summary>
/// The service on Kestrel, on its own port and with a fake clock. When the test ends, it searches all logs, down to the level Trace, for
/// codes and identities.
/// </summary>
public sealed class TestService : WebApplicationFactory<Program>
{
    public const string Alice = "Bearer dev:Alice Liddell <alice@wonderland.example>";
    public const string Bob = "Bearer dev:bob@builders.example";

    private readonly Dictionary<string, string> _settings;
    private readonly Action<IServiceCollection>? _configure;
    private readonly CapturedLog _log = new();
    private readonly LeakSearch _leaks = new("Liddell", "wonderland", "builders");

    public TestService(Dictionary<string, string>? settings = null, Action<IServiceCollection>? configure = null)
    {
        _settings = new Dictionary<string, string>(settings ?? []);
        _settings.TryAdd("Logging:LogLevel:Default", "Trace");
        _settings.TryAdd("Logging:LogLevel:Microsoft.AspNetCore", "Trace");
        _settings.TryAdd("DeviceCode:CodesPerAddress", "10000");

        // Overrides settings of the machine.
        _settings["Storage:ConnectionString"] = _settings["Storage:Endpoint"] = "";
        _configure = configure;
        UseKestrel();
        StartServer();
        Client = CreateClient();
    }

    public HttpClient Client { get; }

    public ManualTime Time { get; } = new();

    /// <summary>The lines logged so far.</summary>
    public IEnumerable<string> Logged => _log.Lines;

    public async Task<ServiceResponse> SendAsync(HttpRequestMessage request) =>
        await ServiceResponse.ReadAsync(await Client.SendAsync(request));

    public Task<ServiceResponse> PostAsync(
        string path, object? body = null, string? authorization = null, params (string Name, string Value)[] headers)
    {
        byte[] bytes = body is null ? [] : JsonSerializer.SerializeToUtf8Bytes(body);
        return PostBytesAsync(path, bytes, body is null ? null : "application/json", authorization, headers);
    }

    public Task<ServiceResponse> PostBytesAsync(
        string path,
        byte[] body,
        string? contentType = "application/json",
        string? authorization = null,
        params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return SendAsync(request);
    }

    public async Task<(string DeviceCode, string UserCode)> IssueAsync(params (string Name, string Value)[] headers)
    {
        var response = (await PostAsync("/auth/device/code", headers: headers)).IsWellFormed();
        Assert.Equal(200, response.Status);
        var codes = (response["device_code"]!, response["user_code"]!);
        Assert.True(DeviceCode.TryParse(codes.Item1, out var deviceCode));
        _leaks.AddCodes(codes.Item1, codes.Item2);
        _leaks.Add(deviceCode.Hash());

        // Opens the page, as the approver's browser does.
        await Client.GetAsync(new Uri(response["verification_uri_complete"]!).PathAndQuery);
        return codes;
    }

    /// <summary>Signs a device of Alice in with OAuth, and returns its tokens.</summary>
    public async Task<ServiceResponse> SignInDeviceAsync(string client, params (string Name, string Value)[] headers)
    {
        var codes = await PostAsync("/oauth/device/code", new { client_id = client }, headers: headers);
        Assert.Equal(200, (await AuthorizeAsync(codes["user_code"]!)).Status);
        return await PostAsync(
            "/oauth/token",
            new { grant_type = "urn:ietf:params:oauth:grant-type:device_code", client_id = client, device_code = codes["device_code"] });
    }

    /// <summary>Makes the test fail if the service logs this secret.</summary>
    public void Watch(string secret) => _leaks.Add(secret);

    public Task<ServiceResponse> PollAsync(string deviceCode) => PostAsync("/auth/device/token", new { device_code = deviceCode });

    public Task<ServiceResponse> InspectAsync(
        string userCode, string? authorization = Alice, params (string Name, string Value)[] headers) =>
        PostAsync("/auth/device/inspect", new { user_code = userCode }, authorization, headers);

    public Task<ServiceResponse> AuthorizeAsync(
        string userCode, string? action = null, string? authorization = Alice, params (string Name, string Value)[] headers)
    {
        object body = action is null ? new { user_code = userCode } : new { user_code = userCode, action };
        return PostAsync("/auth/device/authorize", body, authorization, headers);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        // Not UseKestrel(0), which sets the port when the server may already have started.
        builder.UseUrls("http://127.0.0.1:0");
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureTestServices(services =>
        {
            services.AddSingleton<TimeProvider>(Time);
            services.AddSingleton<IStartupFilter>(new ServiceClock(Time));
            _configure?.Invoke(services);
        });
        builder.ConfigureLogging(logging => logging.ClearProviders().AddProvider(_log));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            Assert.True(!_log.Lines.IsEmpty || _settings["Logging:LogLevel:Default"] != "Trace");
            _leaks.AssertNone(_log.Lines);
        }
    }

    private sealed class CapturedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Lines.Enqueue(Text(state));
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {formatter(state, exception)} {Text(state)} {exception}");

        public void Dispose()
        {
        }

        private static string Text(object? state) => state is IEnumerable<KeyValuePair<string, object?>> values
            ? string.Join(' ', values.Select(value => $"{value.Key}={value.Value}"))
            : $"{state}";
    }

    /// <summary>Sets the <c>Date</c> of responses by the fake clock. Kestrel would use the machine's clock.</summary>
    private sealed class ServiceClock(TimeProvider time) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, rest) =>
            {
                context.Response.Headers.Date = time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
                return rest(context);
            });
            next(app);
        };
    }
}
