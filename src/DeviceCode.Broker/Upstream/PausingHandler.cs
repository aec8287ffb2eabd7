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

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var left = new DateTimeOffset(Interlocked.Read(ref _until), TimeSpan.Zero) - time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return new HttpResponseMessage(HttpStatusCode.TooManyRequests)
            {
                RequestMessage = request,
                Content = new StringContent("{}"),
                Headers = { { "Retry-After", Math.Ceiling(left.TotalSeconds).ToString(CultureInfo.InvariantCulture) } },
            };
        }

        var response = await base.SendAsync(request, cancellationToken);
        if (response is { StatusCode: HttpStatusCode.TooManyRequests, Headers.RetryAfter.Delta: { } wait })
        {
            Interlocked.Exchange(ref _until, (time.GetUtcNow() + (wait < Longest ? wait : Longest)).UtcTicks);
        }

        return response;
    }
}
