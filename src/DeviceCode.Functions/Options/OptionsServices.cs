namespace DeviceCode.Functions.Options;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

/// <summary>
/// Registers options classes. Each has one section of the configuration, and its value is injected without <c>IOptions</c>.
/// </summary>
internal static class OptionsServices
{
    /// <summary>Binds a section, and stops the start when a setting is invalid or unknown.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section's name.</param>
    /// <param name="validate">Returns one message for each invalid setting.</param>
    /// <param name="allowUnknown">Whether the section may have settings that the options class does not have.</param>
    public static void AddValidatedOptions<T>(
        this IServiceCollection services,
        string section,
        Func<T, IServiceProvider, IEnumerable<string>> validate,
        bool allowUnknown = false)
        where T : class
    {
        services.AddOptions<T>().BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = !allowUnknown).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(provider => new OptionsValidator<T>(options => validate(options, provider)));
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);
    }
}
