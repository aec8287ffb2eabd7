namespace DeviceCode.Core.Tests.OAuth;

using System.Security.Cryptography;
using DeviceCode.Core.OAuth;
using FsCheck;
using FsCheck.Fluent;

public sealed class TokenTests
{
    private static readonly Gen<Token> Tokens =
        from kind in Gen.Elements(TokenKind.Access, TokenKind.Refresh)
        from id in ArbMap.Default.GeneratorFor<Guid>()
        from secret in ArbMap.Default.GeneratorFor<byte>().ArrayOf(Token.SecretBytes)
        select new Token(kind, id, secret);

    [Fact]
    public void A_token_that_was_issued_is_read_back() => Prop.ForAll(Tokens.ToArbitrary(), token =>
        Token.TryParse(token.Reveal(), out var read)
        && (read.Kind, read.GrantId, read.Hash()) == (token.Kind, token.GrantId, token.Hash())
        && token.Reveal().Length == 75).QuickCheckThrowOnFailure();

    [Fact]
    public void A_typo_is_detected() => Prop.ForAll(
        Tokens.ToArbitrary(),
        Gen.Choose(0, 74).ToArbitrary(),
        Gen.Elements('a', '0', 'Z', '_', 'é').ToArbitrary(),
        (token, place, typo) =>
        {
            var text = token.Reveal();
            var mistyped = text[..place] + typo + text[(place + 1)..];
            return mistyped == text || !Token.TryParse(mistyped, out _);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(255, 255)]
    public void The_smallest_and_the_largest_values_are_tokens_too(byte id, byte secret)
    {
        var token = new Token(TokenKind.Access, new Guid([.. Enumerable.Repeat(id, 16)]), [.. Enumerable.Repeat(secret, 32)]);
        Assert.True(Token.TryParse(token.Reveal(), out var read));
        Assert.Equal(token.Hash(), read.Hash());
    }

    [Fact]
    public void Anything_else_is_not_a_token() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>(), text => !Token.TryParse(text, out _)).QuickCheckThrowOnFailure();

    [Fact]
    public void Text_that_encodes_too_large_a_number_is_not_a_token()
    {
        var text = "dca_" + new string('z', 65);
        var checksum = Base62.Write(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(text)).AsSpan(0, 4));
        Assert.False(Token.TryParse(text + checksum, out _));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void A_secret_of_another_length_is_rejected(int length) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Token(TokenKind.Access, Guid.NewGuid(), new byte[length]));

    [Fact]
    public void A_token_does_not_print_itself() =>
        Assert.Equal("Token(****)", $"{new Token(TokenKind.Access, Guid.NewGuid(), new byte[32])}");
}
