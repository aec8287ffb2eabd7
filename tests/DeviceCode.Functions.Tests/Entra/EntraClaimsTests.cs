namespace DeviceCode.Functions.Tests.Entra;

using System.Security.Claims;
using DeviceCode.Core;
using DeviceCode.Functions.Entra;

public sealed class EntraClaimsTests
{
    private const string LongObjectId = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    private const string LongTenantId = "http://schemas.microsoft.com/identity/claims/tenantid";
    private const string LongScope = "http://schemas.microsoft.com/identity/claims/scope";

    [Fact]
    public void A_token_of_version_2_is_read() => Assert.Equal(
        new User("the-oid", "the-tid", "alice@example.com", "Alice"),
        From(
            "oid=the-oid",
            "sub=the-sub",
            "tid=the-tid",
            "scp=access",
            "preferred_username=alice@example.com",
            "name=Alice",
            "idtyp=user"));

    [Fact]
    public void A_token_of_version_1_with_renamed_claims_is_read() => Assert.Equal(
        new User("the-oid", "the-tid", "alice@example.com", "Alice"),
        From(
            $"{LongObjectId}=the-oid",
            $"{LongTenantId}=the-tid",
            $"{LongScope}=access",
            $"{ClaimTypes.Upn}=alice@example.com",
            "name=Alice"));

    [Fact]
    public void An_email_claim_takes_precedence_over_a_user_name() => Assert.Equal(
        "mail@example.com", From("oid=o", "tid=t", "scp=access", "preferred_username=user@example.com", "email=mail@example.com")!.Email);

    [Fact]
    public void Without_an_oid_the_sub_is_the_subject() => Assert.Equal("the-sub", From("sub=the-sub", "tid=t", "scp=access")!.Subject);

    [Fact]
    public void The_display_name_is_the_name_else_the_email_else_the_subject()
    {
        Assert.Equal("user@example.com", From("oid=o", "tid=t", "scp=access", "upn=user@example.com")!.DisplayName);
        Assert.Equal(new User("o", "t", null, "o"), From("oid=o", "tid=t", "scp=access", "name= "));
    }

    [Theory]
    [InlineData("oid=o", "tid=t", "roles=Everything.Do")] // an application's own token has roles, but no scope
    [InlineData("oid=o", "tid=t", "scp=")]
    [InlineData("oid=o", "tid=t", "scp=access", "idtyp=app")]
    [InlineData("oid=o", "scp=access")]
    [InlineData("tid=t", "scp=access")]
    [InlineData]
    public void A_token_that_does_not_belong_to_a_person_is_rejected(params string[] claims) => Assert.Null(From(claims));

    private static User? From(params string[] claims) => EntraClaims.ToUser(new ClaimsPrincipal(new ClaimsIdentity(
        claims.Select(claim => claim.Split('=', 2)).Select(claim => new System.Security.Claims.Claim(claim[0], claim[1])), "Bearer")));
}
