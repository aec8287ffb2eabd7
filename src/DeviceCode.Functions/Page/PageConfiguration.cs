namespace DeviceCode.Functions.Page;

using System.Text.Json.Serialization;
using DeviceCode.Functions.SignIn;

/// <summary>The response of <c>GET /device/config.json</c>; nothing in it is secret.</summary>
/// <param name="SignIn">How the user signs in.</param>
/// <param name="UserCodeLength">The number of letters of a code, by which the page finds a code in pasted text.</param>
/// <param name="Scopes">The descriptions of the operator's scopes, by scope.</param>
/// <param name="IpVersion">
/// The IP version of the browser's address, 4 or 6, which the page compares with the device's; null if the address is not known.
/// </param>
internal sealed record PageConfiguration(
    PageSignIn SignIn, int UserCodeLength, IReadOnlyDictionary<string, string> Scopes, int? IpVersion);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PageConfiguration))]
internal sealed partial class PageJson : JsonSerializerContext;
