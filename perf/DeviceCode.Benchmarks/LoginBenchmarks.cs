namespace DeviceCode.Benchmarks;

using BenchmarkDotNet.Attributes;
using DeviceCode.Core.Devices;
using DeviceCode.Core.OAuth;

/// <summary>Measures the four operations of an OAuth client, without HTTP. A subclass selects the store.</summary>
/// <remarks>
/// Redeeming and refreshing use up their input, and a second poll of one code gets <c>slow_down</c>. So each invocation has its own
/// input. They are prepared before the iteration, for a new service, and BenchmarkDotNet does not measure that. The number of
/// invocations in an iteration is therefore fixed: <paramref name="invocations"/> must be the subclass's
/// <see cref="InvocationCountAttribute"/>.
/// </remarks>
[MemoryDiagnoser]
[MinColumn]
// By default BenchmarkDotNet repeats up to 100 iterations until the result is precise, which takes very long on a busy machine.
[MaxIterationCount(25)]
public abstract class LoginBenchmarks(int invocations)
{
    private LoginService _service = null!;
    private DeviceAuthorizationRequest[] _requests = [];
    private DeviceCode[] _codes = [];
    private string[] _refreshTokens = [];
    private int _next;

    /// <summary>Prepares one request for each invocation of <see cref="Issue"/>.</summary>
    [IterationSetup(Target = nameof(Issue))]
    public void PrepareIssue() => _requests = Prepare(_ => Task.FromResult(LoginService.NewRequest()));

    /// <summary>Prepares one pending code for each invocation of <see cref="Poll"/>.</summary>
    [IterationSetup(Target = nameof(Poll))]
    public void PreparePoll() => _codes = Prepare(service => service.PendingCodeAsync());

    /// <summary>Prepares one approved code for each invocation of <see cref="Redeem"/>.</summary>
    [IterationSetup(Target = nameof(Redeem))]
    public void PrepareRedeem() => _codes = Prepare(service => service.ApprovedCodeAsync());

    /// <summary>Prepares one refresh token for each invocation of <see cref="Refresh"/>.</summary>
    [IterationSetup(Target = nameof(Refresh))]
    public void PrepareRefresh() => _refreshTokens = Prepare(service => service.RefreshTokenAsync());

    /// <summary>Issues codes (RFC 8628 §3.1, §3.2).</summary>
    [Benchmark]
    public async Task Issue() => Expect<IssueResult.Issued>(await _service.IssueAsync(_requests[_next++]));

    /// <summary>Polls with a pending code (RFC 8628 §3.4).</summary>
    [Benchmark]
    public async Task Poll()
    {
        var refused = Expect<TokenResult.Refused>(await _service.PresentAsync(_codes[_next++]));
        if (refused.Error != OAuthError.AuthorizationPending)
        {
            throw new InvalidOperationException($"The poll got {refused.Error}, not {OAuthError.AuthorizationPending}.");
        }
    }

    /// <summary>Redeems an approved code for tokens (RFC 8628 §3.4).</summary>
    [Benchmark]
    public async Task Redeem() => Expect<TokenResult.Issued>(await _service.PresentAsync(_codes[_next++]));

    /// <summary>Exchanges a refresh token for new tokens (RFC 6749 §6).</summary>
    [Benchmark]
    public async Task Refresh() => Expect<TokenResult.Issued>(await _service.RefreshAsync(_refreshTokens[_next++]));

    private protected abstract LoginService CreateService();

    // Without this check, a fast error would look like a fast operation.
    private static T Expect<T>(object result) => result is T expected
        ? expected
        : throw new InvalidOperationException($"The result is {result.GetType().Name}, not {typeof(T).Name}.");

    // BenchmarkDotNet does not await a setup of iterations, so this waits.
    private T[] Prepare<T>(Func<LoginService, Task<T>> prepareOne)
    {
        _service = CreateService();
        _next = 0;
        var inputs = new T[invocations];
        for (var i = 0; i < invocations; i++)
        {
            inputs[i] = prepareOne(_service).GetAwaiter().GetResult();
        }

        return inputs;
    }
}
