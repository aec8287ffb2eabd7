namespace DeviceCode.Testing;

using System.Text.Json;

/// <summary>
/// A text that a person may type or paste for a user code, from <c>typed-codes.json</c>. The tests of the service and of the page share
/// this table, because both follow the same rule.
/// </summary>
/// <param name="Form">What is special about the text.</param>
/// <param name="Text">The text.</param>
/// <param name="Code">The code in it, as it is shown; null if the text is not a code.</param>
public sealed record TypedCode(string Form, string Text, string? Code)
{
    public static IReadOnlyList<TypedCode> All { get; } = JsonSerializer.Deserialize<TypedCode[]>(
        File.ReadAllText(Path.Combine(Repository.Root, "tests", "DeviceCode.Testing", "typed-codes.json")), JsonSerializerOptions.Web)!;

    /// <summary>The forms of all texts. Theories take these, because many texts are unreadable or invisible.</summary>
    public static TheoryData<string> Forms => [.. All.Select(typed => typed.Form)];

    public static TypedCode Of(string form) => All.Single(typed => typed.Form == form);
}
