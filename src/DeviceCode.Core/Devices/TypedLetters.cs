namespace DeviceCode.Core.Devices;

using System.Buffers;
using System.Globalization;
using System.Text;

/// <summary>
/// Reads the letters of a typed or pasted text (RFC 8628 §6.1). A compatibility form, like a full-width letter, counts as the letters that
/// it stands for (Unicode's NFKC). Characters that are neither letters nor digits are dropped: white space, punctuation, symbols,
/// invisible characters.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="string.Normalize(NormalizationForm)"/> is not used, because it returns every text unchanged in the published worker, which
/// has no ICU (<c>InvariantGlobalization</c>). These tables are the part of NFKC that can yield a code; a test compares them with ICU,
/// character by character.
/// </para>
/// <para>user-code.js has the same rule.</para>
/// </remarks>
internal static class TypedLetters
{
    private const string UpperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string LowerCase = "abcdefghijklmnopqrstuvwxyz";
    private const string BothCases = UpperCase + LowerCase;
    private const string Parenthesized = "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)(l)(m)(n)(o)(p)(q)(r)(s)(t)(u)(v)(w)(x)(y)(z)";

    // The key "-" of a Japanese keyboard types a long vowel mark, which is a letter to Unicode.
    private const char LongVowelMark = 'ー';

    // Forms outside the alphabets of AlphabetOf: after a space the form, then its letters. The other characters of the letters matter only
    // as the end of a letter, to which no accent applies then.
    private const string Forms =
        // Some have no letters at all, like an Arabic vowel sign on its own.
        " \u037A- \uFC5E- \uFC5F- \uFC60- \uFC61- \uFC62- \uFC63- \uFE70- \uFE72- \uFE74- \uFE76- \uFE78- \uFE7A- \uFE7C- \uFE7E-"
        + " \uFF70ー \uFF9E\u3099 \uFF9F\u309A \u0340\u0300 \u0341\u0301 \u0344\u0308\u0301"
        + " ĿL· ŀl· ſs ǇLJ ǈLj ǉlj ǊNJ ǋNj ǌnj ǱDZ ǲDz ǳdz ʰh ʲj ʳr ʷw ˡl ˢs ˣx ᴮB ᴰD ᴳG ᴴH ᴶJ ᴷK ᴸL ᴹM ᴺN ᴾP ᴿR ᵀT ᵂW ᵇb ᵈd"
        + " ᵍg ᵏk ᵐm ᵖp ᵗt ᵛv ᵣr ᵥv ᶜc ᶠf ᶻz ⁿn ₓx ₕh ₖk ₗl ₘm ₙn ₚp ₛs ₜt ₨Rs ℂC ℃°C ℉°F ℊg ℋH ℌH ℍH ℎh ℒL ℓl ℕN ℙP ℚQ ℛR"
        + " ℜR ℝR ℠SM ™TM ℤZ ℨZ \u212AK ℬB ℭC ℱF ℳM ⅅD ⅆd ⅉj ⅤV ⅩX ⅬL ⅭC ⅮD ⅯM ⅴv ⅹx ⅼl ⅽc ⅾd ⅿm ⱼj ⱽV ㋌Hg ㋏LTD ㍶pc ㍷dm ㎅KB"
        + " ㎆MB ㎇GB ㎊pF ㎋nF ㎎mg ㎏kg ㎐Hz ㎑kHz ㎒MHz ㎓GHz ㎔THz ㎖ml ㎗dl ㎘kl ㎙fm ㎚nm ㎜mm ㎝cm ㎞km ㎧m∕s ㎰ps ㎱ns ㎳ms ㎴pV ㎵nV ㎷mV ㎸kV"
        + " ㎹MV ㎺pW ㎻nW ㎽mW ㎾kW ㎿MW ㏃Bq ㏄cc ㏅cd ㏆C∕kg ㏈dB ㏋HP ㏍KK ㏎KM ㏏kt ㏐lm ㏑ln ㏓lx ㏔mb ㏗PH ㏘p.m. ㏙PPM ㏚PR ㏛sr ㏜Sv ㏝Wb"
        + " ㏞V∕m ꟱S ꟲC ꟳF ꟴQ ﬀff ﬂfl ﬄffl ﬅst ﬆst 𐞥q 🄪〔S〕 🄫C 🄬R 🄭CD 🄮WZ 🅊HV 🅋MV 🅌SD 🅍SS 🅎PPV 🅏WC 🅪MC 🅫MD 🅬MR"
        + " 🆐DJ"
        + " ";

    /// <summary>
    /// Reads the letters of <paramref name="text"/>, in upper case. False if the text has a control character other than white space, a
    /// digit, a letter outside ASCII, invalid UTF-16, or more letters than fit.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, Span<char> letters, out int count)
    {
        count = 0;
        var last = '\0';
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var length) != OperationStatus.Done
                || (Rune.IsControl(rune) && !Rune.IsWhiteSpace(rune))
                || StandsForOtherLetters(rune))
            {
                return false;
            }

            var character = text[..length];
            text = text[length..];
            var form = rune.IsAscii ? default : FormOf(character, rune);
            foreach (var part in (form.IsEmpty ? character : form).EnumerateRunes())
            {
                if (!TryAdd(part, letters, ref count, ref last))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Adds a character if it is a letter of ASCII; false if it is another letter, a digit, or an accent that makes one.</summary>
    /// <param name="rune">The character.</param>
    /// <param name="letters">The letters so far.</param>
    /// <param name="count">The number of letters so far.</param>
    /// <param name="last">The letter to which marks apply, as it was typed; NUL if there is none.</param>
    private static bool TryAdd(Rune rune, Span<char> letters, ref int count, ref char last)
    {
        if (Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark)
        {
            return !rune.IsBmp || !AccentsOn(last).Contains((char)rune.Value);
        }

        last = '\0';
        if (rune.IsAscii && Rune.IsLetter(rune))
        {
            if (count == letters.Length)
            {
                return false;
            }

            last = (char)rune.Value;
            letters[count++] = char.ToUpperInvariant(last);
            return true;
        }

        return rune.Value == LongVowelMark || !(Rune.IsLetter(rune) || Rune.IsNumber(rune));
    }

    /// <summary>Returns what a compatibility form stands for; empty if the character is not one, or its letters are not in ASCII.</summary>
    private static ReadOnlySpan<char> FormOf(ReadOnlySpan<char> character, Rune rune)
    {
        ReadOnlySpan<char> key = [' ', .. character];
        var index = Forms.AsSpan().IndexOf(key, StringComparison.Ordinal);
        if (index < 0)
        {
            return AlphabetOf(rune);
        }

        var form = Forms.AsSpan(index + key.Length);
        return form[..form.IndexOf(' ')];
    }

    /// <summary>Returns the letter of a form that belongs to a whole alphabet of them.</summary>
    private static ReadOnlySpan<char> AlphabetOf(Rune rune)
    {
        var (alphabet, first) = rune.Value switch
        {
            >= 0x249C and <= 0x24B5 => (Parenthesized, 0x249C),
            >= 0x24B6 and <= 0x24E9 => (BothCases, 0x24B6), // circled
            >= 0xFF21 and <= 0xFF3A => (UpperCase, 0xFF21), // full-width
            >= 0xFF41 and <= 0xFF5A => (LowerCase, 0xFF41),
            >= 0x1CCD6 and <= 0x1CCEF => (UpperCase, 0x1CCD6), // outlined

            // Mathematical letters: 13 alphabets, with gaps where Unicode has the letter elsewhere.
            >= 0x1D400 and <= 0x1D6A3 when Rune.GetUnicodeCategory(rune) != UnicodeCategory.OtherNotAssigned => (BothCases, 0x1D400),
            >= 0x1F110 and <= 0x1F129 => (Parenthesized, 0x1F110),
            >= 0x1F130 and <= 0x1F149 => (UpperCase, 0x1F130), // squared
            _ => ("", 0),
        };
        var place = rune.Value - first;
        return alphabet switch
        {
            "" => [],
            Parenthesized => alphabet.AsSpan(place * 3, 3),
            _ => alphabet.AsSpan(place % alphabet.Length, 1),
        };
    }

    /// <summary>Whether a symbol stands for letters or digits that no code has, like ℡ and ㊗. Other symbols are dropped.</summary>
    private static bool StandsForOtherLetters(Rune rune) => rune.Value
        is 0x2100 or 0x2101 or 0x2105 or 0x2106 or 0x2116 or 0x2121 or 0x213B or 0x2E9F or 0x2EF3 or (>= 0x2F00 and <= 0x2FD5)
            or (>= 0x3196 and <= 0x319F) or (>= 0x3200 and <= 0x33FF and not 0x327F) or 0xFDFC or (>= 0x1F200 and <= 0x1F251)
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.CurrencySymbol
        && FormOf(rune.ToString(), rune).IsEmpty;

    /// <summary>Returns the accents that make another letter of this one: B with a dot above is Ḃ. Other marks are dropped.</summary>
    private static string AccentsOn(char letter) => letter switch
    {
        'B' or 'b' => "\u0307\u0323\u0331",
        'C' or 'c' => "\u0301\u0302\u0307\u030C\u0327",
        'D' or 'd' => "\u0307\u030C\u0323\u0327\u032D\u0331",
        'F' or 'f' => "\u0307",
        'G' or 'g' => "\u0301\u0302\u0304\u0306\u0307\u030C\u0327",
        'H' => "\u0302\u0307\u0308\u030C\u0323\u0327\u032E",
        'h' => "\u0302\u0307\u0308\u030C\u0323\u0327\u032E\u0331",
        'J' => "\u0302",
        'j' => "\u0302\u030C",
        'K' or 'k' => "\u0301\u030C\u0323\u0327\u0331",
        'L' or 'l' => "\u0301\u030C\u0323\u0327\u032D\u0331",
        'M' or 'm' => "\u0301\u0307\u0323",
        'N' or 'n' => "\u0300\u0301\u0303\u0307\u030C\u0323\u0327\u032D\u0331",
        'P' or 'p' => "\u0301\u0307",
        'R' or 'r' => "\u0301\u0307\u030C\u030F\u0311\u0323\u0327\u0331",
        'S' or 's' => "\u0301\u0302\u0307\u030C\u0323\u0326\u0327",
        'T' => "\u0307\u030C\u0323\u0326\u0327\u032D\u0331",
        't' => "\u0307\u0308\u030C\u0323\u0326\u0327\u032D\u0331",
        'V' or 'v' => "\u0303\u0323",
        'W' => "\u0300\u0301\u0302\u0307\u0308\u0323",
        'w' => "\u0300\u0301\u0302\u0307\u0308\u030A\u0323",
        'X' or 'x' => "\u0307\u0308",
        'Z' or 'z' => "\u0301\u0302\u0307\u030C\u0323\u0331",
        _ => "",
    };
}
