namespace DeviceCode.Functions.Tests.OAuth;

using System.Text.RegularExpressions;
using DeviceCode.Testing;

public sealed partial class ConformanceDocumentTests
{
    [Fact]
    public void Every_test_that_the_document_names_exists_and_every_test_of_a_section_is_named()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "conformance.md"));
        var named = Names.Matches(document).Select(match => match.Groups[1].Value).ToHashSet();
        var tests = typeof(ConformanceDocumentTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(ConformanceDocumentTests).Namespace)
            .SelectMany(type => type.GetMethods())
            .Where(method => method.IsDefined(typeof(FactAttribute), inherit: false))
            .Select(method => $"{method.ReflectedType!.Name}.{method.Name}")
            .ToHashSet();

        Assert.Empty(named.Except(tests));
        Assert.Empty(tests.Where(test => Sections.IsMatch(test)).Except(named).Except(Details));
    }

    // Tests of requirements for which the document names other tests.
    private static readonly string[] Details =
    [
        "Rfc6749Tests.S5_1_a_client_with_the_scope_offline_access_must_request_it_for_a_refresh_token",
        "Rfc6749Tests.S10_4_the_successor_is_not_returned_again_for_another_scope",
        "Rfc6749Tests.S10_4_a_spent_refresh_token_returns_its_successor_again_for_a_few_seconds",
        "Rfc7009Tests.S2_1_a_spent_refresh_token_revokes_its_grant_too",
        "Rfc7662Tests.S2_2_an_active_refresh_token_is_not_a_bearer_token",
    ];

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex Names { get; }

    [GeneratedRegex(@"^Rfc\d+Tests\.S\d")]
    private static partial Regex Sections { get; }
}
