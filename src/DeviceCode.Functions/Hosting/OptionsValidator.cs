namespace DeviceCode.Functions.Hosting;

using Microsoft.Extensions.Options;

/// <summary>Lets options that know what is wrong with them say so at start-up.</summary>
internal sealed class OptionsValidator<T>(Func<T, IEnumerable<string>> validate) : IValidateOptions<T>
    where T : class
{
    public ValidateOptionsResult Validate(string? name, T options) =>
        validate(options).ToList() is { Count: > 0 } failures ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
}
