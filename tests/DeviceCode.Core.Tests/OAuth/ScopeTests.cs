namespace DeviceCode.Core.Tests.OAuth;

using DeviceCode.Core.OAuth;

/// <summary>Lists of scopes (RFC 6749 §3.3).</summary>
public sealed class ScopeTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("profile", new[] { "profile" })]
    [InlineData("profile email", new[] { "profile", "email" })]
    [InlineData(" profile  email ", new[] { "profile", "email" })]
    [InlineData("profile email profile", new[] { "profile", "email" })]
    [InlineData("profile Profile", new[] { "profile", "Profile" })]
    public void A_list_is_separated_by_spaces_and_names_each_scope_once(string text, string[] scopes) =>
        Assert.Equal(scopes, Scope.Parse(text));

    [Theory]
    [InlineData(" ")]
    [InlineData("   ")]
    public void Spaces_alone_are_not_a_list(string text) => Assert.Null(Scope.Parse(text));

    [Fact]
    public void A_scope_has_the_visible_characters_of_ASCII_except_quotation_mark_and_backslash()
    {
        var allowed = Enumerable.Range(0, 0x100).Select(value => (char)value).Where(c => Scope.Parse($"a{c}b") is not null);

        Assert.Equal([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(value => (char)value).Except(['"', '\\'])], allowed);
    }

    [Fact]
    public void A_list_is_required()
    {
        Assert.Throws<ArgumentNullException>("text", () => Scope.Parse(null!));
        Assert.Throws<ArgumentNullException>("list", () => Scope.Split(null!));
    }
}
