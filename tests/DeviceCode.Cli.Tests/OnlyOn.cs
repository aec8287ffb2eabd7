namespace DeviceCode.Cli.Tests;

using System.Reflection;
using Xunit.v3;

/// <summary>Skips a test, or the tests of a class, on systems other than Linux. CI runs the others on Windows and macOS, too.</summary>
/// <param name="reason">Why the test cannot run elsewhere.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class OnlyOnLinuxAttribute(string reason) : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Assert.SkipUnless(OperatingSystem.IsLinux(), reason);
}

/// <summary>Skips a test, or the tests of a class, on Windows.</summary>
/// <param name="reason">Why the test cannot run there.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class OnlyOnUnixAttribute(string reason) : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Assert.SkipWhen(OperatingSystem.IsWindows(), reason);
}
