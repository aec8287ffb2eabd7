namespace DeviceCode.Browser.Tests;

using DeviceCode.Core;
using DeviceCode.Functions.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

/// <summary>A development sign-in whose sessions a test can end.</summary>
internal sealed class EndingSignIn : IUserSignIn
{
    private IUserSignIn? _inner;

    public bool HasEnded { get; set; }

    public PageSignIn Page => _inner!.Page;

    public void Replace(IServiceCollection services)
    {
        var real = services.Single(service => service.ServiceType == typeof(IUserSignIn)).ImplementationType!;
        services.AddSingleton<IUserSignIn>(provider =>
        {
            _inner = (IUserSignIn)ActivatorUtilities.CreateInstance(provider, real);
            return this;
        });
    }

    public Task<User?> AuthenticateAsync(HttpContext context, CancellationToken cancellationToken) =>
        HasEnded ? Task.FromResult<User?>(null) : _inner!.AuthenticateAsync(context, cancellationToken);

    public Task<Administrator?> AuthenticateAdministratorAsync(HttpContext context, CancellationToken cancellationToken) =>
        _inner!.AuthenticateAdministratorAsync(context, cancellationToken);
}
