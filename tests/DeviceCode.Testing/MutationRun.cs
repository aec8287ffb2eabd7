namespace DeviceCode.Testing;

/// <summary>
/// Whether the tests check mutants, as <c>./dev mutate</c> does. They then run once for each of hundreds of mutants, so races have few
/// rounds, and comparisons leave out the texts that could not tell a mutant from the original.
/// </summary>
public static class MutationRun
{
    public static bool IsActive { get; } = Environment.GetEnvironmentVariable("MUTATION_RUN") is not null;
}
