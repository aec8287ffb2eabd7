namespace DeviceCode.Cli.Login;

using DeviceCode.Cli.Terminal;
using DeviceCode.Client;

/// <summary>Who signed in.</summary>
/// <param name="Name">What the person is called.</param>
/// <param name="Email">The person's e-mail address; null where nobody tells.</param>
internal sealed record Person(string Name, string? Email)
{
    /// <summary>Who it is by a provider's userinfo.</summary>
    public static Person Of(UserInfo user) => new(user.Name ?? user.Username ?? user.Email ?? user.Subject, user.Email);

    /// <summary>The person as mail programs write one.</summary>
    public override string ToString() => Printable.Line(Email is null || Email == Name ? Name : $"{Name} <{Email}>");
}
