namespace DeviceCode.Functions.Page;

using System.Text.Json.Serialization;
using DeviceCode.Functions.SignIn;

/// <summary><c>GET /device/config.json</c>; nothing in it is secret.</summary>
/// <param name="SignIn">How a person signs in.</param>
/// <param name="UserCodeLength">How many letters codes have now, by which the page finds one in a sentence.</param>
/// <param name="Scopes">What the operator's own scopes mean, by scope.</param>
internal sealed record PageConfiguration(PageSignIn SignIn, int UserCodeLength, IReadOnlyDictionary<string, string> Scopes);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PageConfiguration))]
internal sealed partial class PageJson : JsonSerializerContext;
