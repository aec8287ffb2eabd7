namespace DeviceCode.Cli.Terminal;

/// <summary>What the terminal and the machine can do for a person, as far as the environment tells.</summary>
/// <param name="around">Where the command runs.</param>
internal sealed class TerminalKind(Surroundings around)
{
    // Files that Docker and Podman put into every container.
    private static readonly string[] ContainerMarks = ["/.dockerenv", "/run/.containerenv"];

    /// <summary>Whether a screen can be drawn on standard error and drawn again: a terminal that is no log.</summary>
    public bool IsLive => around.ErrorIsTerminal && !IsDumb && !IsContinuousIntegration;

    /// <summary>Whether colours are wanted: https://no-color.org.</summary>
    public bool HasColour => !Has("NO_COLOR") && !IsDumb;

    /// <summary>Whether this is somebody else's machine to the person, or a machine without a person.</summary>
    public bool IsRemote => Has("SSH_CONNECTION") || Has("SSH_TTY") || Has("SSH_CLIENT") || IsContainer || IsContinuousIntegration;

    private bool IsDumb => Value("TERM") == "dumb";

    private bool IsContinuousIntegration => Value("CI") is not (null or "" or "0" or "false") || Has("TF_BUILD") || Has("TEAMCITY_VERSION") || Has("JENKINS_URL");

    private bool IsContainer => Has("container") || Has("KUBERNETES_SERVICE_HOST") || ContainerMarks.Any(around.FileExists);

    private bool Has(string name) => Value(name) is { Length: > 0 };

    private string? Value(string name) => around.Variable(name);
}
