<#
.SYNOPSIS
Uses the built module in the PowerShell that runs this, with nothing of this repository's own host.

.DESCRIPTION
Imports the module, starts three servers, writes, reads, interrupts a command that waits as Ctrl-C does, reads a cmdlet's
help and stops. Throws at the first thing that is not as it should be; its last line says that all held.

.EXAMPLE
pwsh -NoProfile -File tests/package/Test-Pwsh.ps1
Tries the module, after any build.
#>
[CmdletBinding()]
param(
    # The PowerShell that is expected; without it, any.
    [string] $Version
)

$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/../pester/Shared/Shell.ps1"
$module = "$PSScriptRoot/../../PSModule/out/RaftKv"

function Assert-That([bool] $Holds, [string] $What) {
    if (-not $Holds) { throw "Not so: $What." }
    Write-Host "ok  $What"
}

if ($Version) { Assert-That ("$($PSVersionTable.PSVersion)" -eq $Version) "this is PowerShell $Version" }
Import-Module $module
$cluster = Start-RaftCluster -ServerCount 3
try {
    Set-RaftValue tool works
    Assert-That ((Get-RaftValue tool).Value -ceq 'works') 'three servers take a value and give it back'
    $strangers = [System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies | ForEach-Object { $_.GetName().Name } |
        Where-Object { $_ -match '^(Grpc|Google\.Protobuf|CsvHelper|ScottPlot|SkiaSharp|RaftKv\.)' }
    Assert-That (-not $strangers) 'what the module depends on is not in PowerShell''s load context'
    Assert-That ((Get-Help Start-RaftCluster -Examples | Out-String) -match 'Start-RaftCluster -ServerCount') 'help shows examples'

    if (-not $IsWindows) {
        $script = Join-Path ([IO.Path]::GetTempPath()) "raftkv-interrupt-$([guid]::NewGuid().ToString('n')).ps1"
        Set-Content -LiteralPath $script -Value @'
param($Module, $Path)
Import-Module $Module
$null = Connect-RaftCluster -Path $Path
try { 'waiting'; Get-RaftServerLog 1 -Tail 0 -Wait; 'ran on' } finally { [Console]::WriteLine('cleaned') }
'@
        $shell = Get-ShellCommand
        $line = @($shell.Program) + $shell.First + '-NoProfile', '-File', $script, '-Module', $module, '-Path', $cluster.Path
        if ($IsLinux) { $line = @('env', '--default-signal=INT') + $line }
        $start = [Diagnostics.ProcessStartInfo]::new($line[0], [string[]] $line[1..($line.Count - 1)])
        $start.RedirectStandardOutput = $true; $start.UseShellExecute = $false
        $process = [Diagnostics.Process]::Start($start)
        try {
            Assert-That ($process.StandardOutput.ReadLine() -eq 'waiting') 'another process waits for lines of a log'
            & kill -INT $process.Id
            $rest = $process.StandardOutput.ReadToEndAsync()
            Assert-That ($process.WaitForExit(120000)) 'Ctrl-C ends it'
            Assert-That ($rest.Result.Trim() -eq 'cleaned') 'in good order'
        }
        finally {
            if (-not $process.HasExited) { $process.Kill() }
            Remove-Item -LiteralPath $script
        }
        Assert-That ((Get-RaftValue tool).Value -ceq 'works') 'and the servers serve on'
    }
}
finally { Stop-RaftCluster -Cluster $cluster }
Assert-That (-not (Get-RaftCluster -All | Where-Object ClusterId -EQ $cluster.ClusterId)) 'stopping leaves nothing'
'The module works in this PowerShell.'
