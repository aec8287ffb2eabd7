namespace DeviceCode.Core.Tests;

using DeviceCode.Testing;

public sealed class UserTests
{
    [Fact]
    public void A_person_is_the_same_whatever_the_name_and_the_address_are() =>
        Assert.True(Some.User().IsSameAs(Some.User() with { Email = null, DisplayName = "Alice Example" }));

    [Fact]
    public void People_with_another_subject_or_tenant_are_different_people()
    {
        Assert.False(Some.User().IsSameAs(Some.User() with { Subject = "another" }));
        Assert.False(Some.User().IsSameAs(Some.User() with { TenantId = "another" }));
    }

    [Fact]
    public void A_person_is_compared_with_a_person() => Assert.Throws<ArgumentNullException>(() => Some.User().IsSameAs(null!));

    [Fact]
    public void A_user_does_not_print_itself() => Assert.Equal("User(****)", $"{Some.User()}");
}
