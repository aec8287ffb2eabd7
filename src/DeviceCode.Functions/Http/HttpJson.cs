namespace DeviceCode.Functions.Http;

using System.Text.Json.Serialization;

[JsonSerializable(typeof(ErrorResponse))]
internal sealed partial class HttpJson : JsonSerializerContext;
