namespace DeviceCode.Functions.Options;

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

/// <summary>
/// Registers options classes. Each has one section of the configuration, and its value is injected without <c>IOptions</c>.
/// </summary>
internal static class OptionsServices
{
    /// <summary>Binds a section, and ends the start when a setting is invalid or unknown.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The section's name.</param>
    /// <param name="validate">Returns one message for each invalid setting.</param>
    /// <param name="others">The options classes of a library that reads the same section.</param>
    public static void AddValidatedOptions<T>(
        this IServiceCollection services,
        string section,
        Func<T, IServiceProvider, IEnumerable<string>> validate,
        params Type[] others)
        where T : class
    {
        services.AddOptions<T>().BindConfiguration(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(provider => new OptionsValidator<T>(options =>
        {
            var settings = provider.GetRequiredService<IConfiguration>().GetSection(section);
            return SettingNames.Check(settings, typeof(T), others).Concat(validate(options, provider));
        }));
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<T>>().Value);
    }
}
