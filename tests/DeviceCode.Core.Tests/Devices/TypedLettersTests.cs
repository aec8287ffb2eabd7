namespace DeviceCode.Core.Tests.Devices;

using System.Globalization;
using System.Text;
using DeviceCode.Core.Devices;
using DeviceCode.Testing;
using FsCheck;
using FsCheck.Fluent;

/// <summary>
/// Compares the tables of <see cref="TypedLetters"/> with NFKC. The tests have ICU, which implements it; the published worker does not.
/// </summary>
public sealed class TypedLettersTests
{
    private const string Alphabet = "BCDFGHJKLMNPQRSTVWXZ";

    // The outlined letters of Unicode 16, which an older ICU does not know.
    private const int FirstOutlined = 0x1CCD6;
    private const int LastOutlined = 0x1CCEF;

    private static readonly bool IsIcuOld = "\U0001CCD6".Normalize(NormalizationForm.FormKC) != "A";

    // In a mutation run only those that count otherwise than as themselves: a mutant of a table or a range changes one of these.
    private static readonly Rune[] Characters =
    [
        .. Enumerable.Range(0, 0x110000)
            .Where(Rune.IsValid)
            .Select(value => new Rune(value))
            .Where(IsKnown)
            .Where(rune => !MutationRun.IsActive || ChangesInNFKC(rune)),
    ];

    [Fact]
    public void Every_character_counts_as_in_NFKC() => Compare(
        from character in Characters
        from text in new[] { $"BDWPHQ{character}", $"BDWPHQ{character}\u0307", $"BDWPHQB{character}\u0307" }
        select text);

    [Fact]
    public void Every_accent_counts_as_in_NFKC() => Compare(
        from mark in Characters.Where(IsMark)
        from letter in Alphabet + Alphabet.ToLowerInvariant() + "Ｂｈ"
        select $"BDWPHQ{letter}{mark}");

    [Fact]
    public void Every_text_counts_as_in_NFKC()
    {
        var letters = Gen.Elements(Alphabet.EnumerateRunes().ToArray());
        var others = Gen.Elements(
            TypedCode.All.SelectMany(typed => typed.Text.EnumerateRunes()).Distinct().Where(IsKnown).ToArray());
        Prop.ForAll(
            Gen.Frequency((3, letters), (1, others)).ArrayOf(9).ToArbitrary(),
            text => Parse(string.Concat(text)) == Expected(string.Concat(text)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(MutationRun.IsActive ? 1_000 : 20_000));
    }

    /// <summary>Letters like A and E are read, too, although no code has them. The outlined ones are missing in an older ICU.</summary>
    [Theory]
    [InlineData(0x249C)] // parenthesized
    [InlineData(0x24B6)] // circled
    [InlineData(0x24D0)]
    [InlineData(0xFF21)] // full-width
    [InlineData(0xFF41)]
    [InlineData(0x1CCD6)] // outlined
    [InlineData(0x1D400)] // mathematical bold
    [InlineData(0x1D41A)]
    [InlineData(0x1D670)] // mathematical monospace
    [InlineData(0x1D68A)]
    [InlineData(0x1F110)] // parenthesized
    [InlineData(0x1F130)] // squared
    public void An_alphabet_is_read_from_A_to_Z(int first)
    {
        Span<char> letters = stackalloc char[9];
        for (var i = 0; i < 26; i++)
        {
            Assert.True(TypedLetters.TryRead($"{new Rune(first + i)}", letters, out var count));
            Assert.Equal($"{(char)('A' + i)}", letters[..count].ToString());
        }
    }

    private static void Compare(IEnumerable<string> texts) => Assert.Empty(
        from text in texts
        let expected = Expected(text)
        let parsed = Parse(text)
        where parsed != expected
        select $"{string.Join(' ', text.EnumerateRunes().Select(rune => $"U+{rune.Value:X4}"))} is {expected}, not {parsed}");

    private static string? Parse(string text) => UserCode.TryParse(text, out var code) ? code.RevealLetters() : null;

    private static string? Expected(string text)
    {
        var normalized = text.Normalize(NormalizationForm.FormKC);
        if (text.Any(c => char.IsControl(c) && !char.IsWhiteSpace(c)) || HasHiddenAccent(normalized))
        {
            return null;
        }

        var letters = string.Concat(normalized.EnumerateRunes().Where(rune =>
            rune.Value != 'ー' && (Rune.IsLetter(rune) || Rune.IsNumber(rune))));
        var isCode = letters.Length is >= 6 and <= 9
            && letters.All(letter => Alphabet.Contains(letter, StringComparison.Ordinal) || Alphabet.ToLowerInvariant().Contains(letter));
        return isCode ? letters.ToUpperInvariant() : null;
    }

    /// <summary>Whether NFKC did not combine a letter and its accent, because there is another mark in between.</summary>
    private static bool HasHiddenAccent(string normalized)
    {
        var letter = default(Rune);
        foreach (var rune in normalized.EnumerateRunes())
        {
            if (!IsMark(rune))
            {
                letter = rune;
            }
            else if (letter.IsAscii && $"{letter}{rune}".Normalize().Length == 1)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsKnown(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)
        && !(IsIcuOld && rune.Value is >= FirstOutlined and <= LastOutlined);

    /// <summary>Whether NFKC replaces this character, or combines this mark with a letter of a code.</summary>
    private static bool ChangesInNFKC(Rune rune) => !$"{rune}".IsNormalized(NormalizationForm.FormKC)
        || (IsMark(rune) && Alphabet.Any(letter => $"{letter}{rune}".Normalize().Length == 1));

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;
}
