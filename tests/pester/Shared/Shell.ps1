# How to start another process of the PowerShell that runs a suite. Dot-source it in BeforeAll.

# The program, and what has to come before its arguments: as a dotnet tool, PowerShell is a library that dotnet runs.
function Get-ShellCommand {
    [Environment]::ProcessPath
    if ([IO.Path]::GetFileNameWithoutExtension([Environment]::ProcessPath) -eq 'dotnet') { [Reflection.Assembly]::GetEntryAssembly().Location }
}
