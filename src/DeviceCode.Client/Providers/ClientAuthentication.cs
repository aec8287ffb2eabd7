namespace DeviceCode.Client;

using System.Text.Json.Serialization;

/// <summary>How a client with a secret proves who it is (RFC 6749 §2.3.1). A client without one just sends its <c>client_id</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClientAuthentication>))]
public enum ClientAuthentication
{
    /// <summary><c>client_secret_basic</c>: in the Authorization header. Every server must support it.</summary>
    Basic,

    /// <summary><c>client_secret_post</c>: in the body. Google documents only this.</summary>
    Post,
}
