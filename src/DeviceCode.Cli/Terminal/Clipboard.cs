namespace DeviceCode.Cli.Terminal;

using System.Text;

/// <summary>Puts text on the clipboard of the terminal, with the sequence OSC 52: it works over SSH, and in tmux with <c>set-clipboard on</c>.</summary>
internal static class Clipboard
{
    /// <summary>The sequence that does it.</summary>
    public static string Sequence(string text) => $"\e]52;c;{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}\a";
}
