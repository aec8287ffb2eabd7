namespace DeviceCode.Testing;

/// <summary>
/// Whether the tests check mutants, as <c>./dev mutate</c> does. They then run once for each of hundreds of mutants, so races have few
/// rounds and exhaustive comparisons are skipped. Both look for rare cases; other tests find the mutants.
/// </summary>
public static class MutationRun
{
    public static bool IsActive { get; } = Environment.GetEnvironmentVariable("MUTATION_RUN") is not null;
}
