namespace DeviceCode.Cli.Commands;

using System.CommandLine;

/// <summary><c>devicecode completion</c>: what a shell needs to complete the command line, on the [suggest] directive of System.CommandLine.</summary>
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
            complete -c devicecode -a '(set -l line (commandline -cp); devicecode "[suggest:"(string length -- $line)"]" $line 2>/dev/null)'
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

    /// <summary>The command.</summary>
    public CompletionCommand(Surroundings around)
        : base("completion", "Print the script by which a shell completes devicecode's command lines.", around)
    {
        _shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        Add(_shell);
    }

    /// <inheritdoc />
    public override IReadOnlyList<(string CommandLine, string Effect)> Examples =>
    [
        ("eval \"$(devicecode completion bash)\"", "in ~/.bashrc"),
        ("eval \"$(devicecode completion zsh)\"", "in ~/.zshrc, after compinit"),
        ("devicecode completion fish > ~/.config/fish/completions/devicecode.fish", "once"),
        ("devicecode completion pwsh | Out-String | Invoke-Expression", "in $PROFILE"),
    ];

    /// <inheritdoc />
    protected override Task<ExitCode> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Around.Output.WriteLine(Scripts[context.Arguments.GetRequiredValue(_shell)]);
        return Task.FromResult(ExitCode.Ok);
    }
}
