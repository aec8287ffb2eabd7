namespace DeviceCode.Broker.Upstream;

using System.Globalization;
using System.Net;

/// <summary>
/// Obeys a provider's <c>Retry-After</c> for all logins: all requests of an instance come from one address, and the provider counts them
/// together. While it lasts, requests get the same response without being sent.
/// </summary>
internal sealed class PausingHandler(HttpMessageHandler inner, TimeProvider time) : DelegatingHandler(inner)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private long _until;

    /// <summary>The time that is left; zero or less when requests are sent.</summary>
    public TimeSpan Left => new DateTimeOffset(Interlocked.Read(ref _until), TimeSpan.Zero) - time.GetUtcNow();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Left is { Ticks: > 0 } left)
        {
            return new HttpResponseMessage(HttpStatusCode.TooManyRequests)
            {
                RequestMessage = request,
                Content = new StringContent("{}"),
                Headers = { { "Retry-After", Math.Ceiling(left.TotalSeconds).ToString(CultureInfo.InvariantCulture) } },
            };
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.TooManyRequests && WaitOf(response) is { } wait)
        {
            Interlocked.Exchange(ref _until, (time.GetUtcNow() + (wait < Longest ? wait : Longest)).UtcTicks);
        }

        return response;
    }

    // A date is compared with the provider's own clock where it sends one.
    private TimeSpan? WaitOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - (response.Headers.Date ?? time.GetUtcNow()),
        _ => null,
    };
}
