using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using DeviceCode.Testing;

// BenchmarkDotNet ignores an argument that belongs to no option, and runs everything.
if (args is [[not ('-' or '@'), ..] stray, ..])
{
    Console.Error.WriteLine($"Unknown argument \"{stray}\". To select benchmarks, write --filter \"*{stray}*\".");
    return 1;
}

// BenchmarkDotNet builds the projects again, which takes longer than its limit of two minutes on a busy machine.
var config = DefaultConfig.Instance
    .WithArtifactsPath(Path.Combine(Repository.Root, "artifacts", "bench"))
    .WithBuildTimeout(TimeSpan.FromMinutes(15))
    .WithOptions(ConfigOptions.JoinSummary);
var summaries = BenchmarkRunner.Run(typeof(Program).Assembly, config, args);

// These arguments print something and run no benchmark.
if (args is ["--help" or "--version" or "--info"] or ["--list", "flat" or "tree"])
{
    return 0;
}

// BenchmarkDotNet reports wrong arguments, and a filter that matches nothing, only on the console; there is no summary then.
var succeeded = summaries.Length > 0 && Array.TrueForAll(
    summaries,
    summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success));
return succeeded ? 0 : 1;
