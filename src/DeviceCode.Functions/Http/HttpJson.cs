namespace DeviceCode.Functions.Http;

using System.Text.Json.Serialization;

[JsonSerializable(typeof(ApiError.Body))]
internal sealed partial class HttpJson : JsonSerializerContext;
