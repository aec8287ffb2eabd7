namespace DeviceCode.Cli.Running;

using System.Text;

/// <summary>Reads text files as editors and shells write them.</summary>
internal static class UnicodeText
{
    // UTF-32 first, because its mark begins with that of UTF-16.
    private static readonly Encoding[] Marked =
        [Encoding.UTF8, new UTF32Encoding(bigEndian: false, byteOrderMark: true), Encoding.Unicode, Encoding.BigEndianUnicode];

    /// <summary>
    /// Returns a text in UTF-8 without a byte order mark. A text that begins with the mark of UTF-16, as the output of <c>&gt;</c> in
    /// Windows PowerShell 5.1 does, or of UTF-32 is converted; any other is returned unchanged.
    /// </summary>
    public static ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> text)
    {
        foreach (var encoding in Marked)
        {
            if (text.StartsWith(encoding.Preamble))
            {
                var content = text[encoding.Preamble.Length..];
                return encoding == Encoding.UTF8 ? content : Encoding.UTF8.GetBytes(encoding.GetString(content));
            }
        }

        return text;
    }
}
