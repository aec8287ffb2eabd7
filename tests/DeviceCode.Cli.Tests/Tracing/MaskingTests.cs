namespace DeviceCode.Cli.Tests.Tracing;

using System.Text;
using DeviceCode.Cli.Tracing;

public sealed class MaskingTests
{
    private readonly Masking _masking = new();

    [Theory]
    [InlineData("client_id=cli&device_code=abc&grant_type=x", "client_id=cli&device_code=****&grant_type=x")]
    [InlineData("refresh_token=a%2Bb&client_secret=c&code_verifier=d&token=e&token_type_hint=f",
        "refresh_token=****&client_secret=****&code_verifier=****&token=****&token_type_hint=f")]
    [InlineData("user_code=WDJB-MJHT&code_challenge=x", "user_code=WDJB-MJHT&code_challenge=x")]
    [InlineData("dev%69ce_code=abc", "dev%69ce_code=****")]
    public void A_form_shows_no_secret(string form, string shown) => Assert.Equal(shown, _masking.Form(form));

    [Theory]
    [InlineData("""{"device_code":"abc","user_code":"WDJB-MJHT","interval":5}""",
        """{"device_code":"****","user_code":"WDJB-MJHT","interval":5}""")]
    [InlineData("""{"access_token":"a","refresh_token":"b","id_token":"c","token_type":"Bearer"}""",
        """{"access_token":"****","refresh_token":"****","id_token":"****","token_type":"Bearer"}""")]
    [InlineData("""{"token":{"value":"a"},"tokens":["b"]}""", """{"token":{"value":"****"},"tokens":["****"]}""")]
    [InlineData("""{"token_endpoint":"https://as.example/token","api_keys_url":"https://as.example/keys"}""",
        """{"token_endpoint":"https://as.example/token","api_keys_url":"https://as.example/keys"}""")]
    [InlineData("""{"session":"a","refused":"b","credentials":[{"name":"github"}]}""",
        """{"session":"****","refused":"****","credentials":[{"name":"github"}]}""")]
    [InlineData("""{"error_description":"no dcs_0123456789abcdef"}""", """{"error_description":"no ****"}""")]
    [InlineData("""{"access_token":"half""", "(21 bytes that are not JSON)")]
    public void Json_shows_no_secret(string json, string shown) => Assert.Equal(shown, _masking.Json(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("Authorization", "Bearer abc", "Bearer ****")]
    [InlineData("authorization", "Basic abc", "Basic ****")]
    [InlineData("Authorization", "abc", "****")]
    [InlineData("Set-Cookie", "session=abc; Path=/", "****")]
    [InlineData("Content-Type", "application/json", "application/json")]
    [InlineData("X-Api-Key", "abc", "****")]
    [InlineData("x-amz-security-token", "abc", "****")]
    [InlineData("X-Session", "abc", "****")]
    [InlineData("Location", "https://as.example/x?access_token=abc&page=2", "https://as.example/x?access_token=****&page=2")]
    [InlineData("Location", "/x?sig=abc&design=1#id_token=abc", "/x?sig=****&design=1#id_token=****")]
    [InlineData("Location", "https://s3.example/x?X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-Expires=60",
        "https://s3.example/x?X-Amz-Credential=****&X-Amz-Signature=****&X-Amz-Expires=60")]
    public void A_header_shows_no_secret(string name, string value, string shown) => Assert.Equal(shown, _masking.Header(name, value));

    [Fact]
    public void A_query_shows_no_secret() =>
        Assert.Equal("https://as.example/x?access_token=****&page=2", _masking.Address("https://as.example/x?access_token=abc&page=2"));

    [Fact]
    public void A_secret_is_known_again_wherever_it_comes()
    {
        // JSON escapes the plus sign and the quote, and URLs the slash.
        _masking.Form("refresh_token=a%2Bsecret%22%2F%C3%BCthing");

        Assert.Equal("""{"error_description":"unknown: ****"}""",
            _masking.Json("""{"error_description":"unknown: a+secret\"/üthing"}"""u8.ToArray()));
        Assert.Equal("see ****", _masking.Header("X-Debug", "see a+secret\"/üthing"));
        Assert.Equal("https://as.example/****", _masking.Address("https://as.example/a%2Bsecret%22%2F%C3%BCthing"));
    }
}
