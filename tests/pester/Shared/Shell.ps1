# How to start another process of the PowerShell that runs a suite. Dot-source it in BeforeAll.

# The program, and what comes before its arguments: as a dotnet tool, PowerShell is a library that dotnet runs.
function Get-ShellCommand {
    $program = [Environment]::ProcessPath
    $isTool = [IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet'
    @{ Program = $program; First = @(if ($isTool) { [Reflection.Assembly]::GetEntryAssembly().Location }) }
}
