namespace DeviceCode.Cli.Terminal;

using System.Text;

/// <summary>
/// Copies text through the terminal with the sequence OSC 52. It works over SSH, and in tmux with <c>set-clipboard on</c>.
/// </summary>
internal static class Clipboard
{
    /// <summary>Returns the sequence that copies a text.</summary>
    public static string Sequence(string text) => $"\e]52;c;{Convert.ToBase64String(Encoding.UTF8.GetBytes(text))}\a";
}
