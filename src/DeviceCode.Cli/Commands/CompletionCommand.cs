namespace DeviceCode.Cli.Commands;

using System.CommandLine;
using DeviceCode.Cli.Running;

/// <summary><c>devicecode completion</c>: prints completion scripts, which use the [suggest] directive of System.CommandLine.</summary>
internal sealed class CompletionCommand : CliCommand
{
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = """
            _devicecode() {
                local words
                mapfile -t words < <(devicecode "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
                mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "${COMP_WORDS[COMP_CWORD]}")
            }
            complete -o default -F _devicecode devicecode
            """,
        ["zsh"] = """
            #compdef devicecode
            _devicecode() {
                local line="${(j: :)words[1,CURRENT]}"
                local -a found=("${(@f)$(devicecode "[suggest:${#line}]" "$line" 2>/dev/null)}")
                compadd -a found || _files
            }
            compdef _devicecode devicecode
            """,
        ["fish"] = """
            complete -c devicecode -f -a \
                '(set -l line (commandline -cp); devicecode "[suggest:"(string length -- $line)"]" $line 2>/dev/null)'
            complete -c devicecode -l resume -l client-secret-file -l refresh-token-file -l refused -r -F
            """,
        ["pwsh"] = """
            Register-ArgumentCompleter -Native -CommandName devicecode -ScriptBlock {
                param($word, $line, $position)
                devicecode "[suggest:$position]" "$line" 2>$null |
                    Where-Object { $_ -like "$word*" } |
                    ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
            }
            """,
    };

    private readonly Argument<string> _shell = new("SHELL") { HelpName = "SHELL", Description = "bash, zsh, fish or pwsh" };

    public CompletionCommand(CommandEnvironment environment)
        : base("completion", "Print the completion script for a shell.", environment)
    {
        _shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        Add(_shell);
    }

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("eval \"$(devicecode completion bash)\"", "add this line to ~/.bashrc"),
        ("eval \"$(devicecode completion zsh)\"", "add this line to ~/.zshrc, after compinit"),
        ("devicecode completion fish > ~/.config/fish/completions/devicecode.fish", "run this once"),
        ("devicecode completion pwsh | Out-String | Invoke-Expression", "add this line to $PROFILE"),
    ];

    /// <inheritdoc />
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Environment.Output.WriteLine(Scripts[context.Arguments.GetRequiredValue(_shell)]);
        return Task.FromResult(ExitCode.Ok);
    }
}
