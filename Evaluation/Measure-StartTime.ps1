<#
.SYNOPSIS
Measures how long a fresh PowerShell process takes to import the module and to read its first key.

.DESCRIPTION
Starts one cluster that outlives the processes, sets a key, and lets fresh processes of this PowerShell import the module,
connect to the cluster and get the key, each timed inside its process. One object for each process and one with the
medians; the milliseconds of processor time say what a step costs where other work disturbs the clock.

.EXAMPLE
dotnet run -c Release --project PSModule/Shell -- Evaluation/Measure-StartTime.ps1
Builds everything and measures five fresh processes.

.EXAMPLE
pwsh Evaluation/Measure-StartTime.ps1 -ProcessCount 11
Measures eleven fresh processes of PowerShell 7.6, after any build.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 1000)]
    [int] $ProcessCount = 5,

    # The PowerShell to start; without it, the one that runs this.
    [string] $ShellPath
)

$ErrorActionPreference = 'Stop'
$module = "$PSScriptRoot/../PSModule/out/RaftKv"
Import-Module $module

$probe = @'
param($Module, $Cluster)
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$cpu = [Environment]::CpuUsage.TotalTime
$ticks = foreach ($step in 1..3) {
    $clock.Restart()
    switch ($step) {
        1 { Import-Module $Module }
        2 { $null = Connect-RaftCluster -Path $Cluster }
        3 { $pair = Get-RaftValue start }
    }
    $clock.Stop()
    $spent = [Environment]::CpuUsage.TotalTime
    $clock.Elapsed.Ticks
    ($spent - $cpu).Ticks
    $cpu = $spent
}
if ($pair.Value -ne 'here') { throw "The value is '$($pair.Value)'." }
"$ticks"
'@

function Get-Median([double[]] $Number) {
    $sorted = @($Number | Sort-Object)
    $sorted[[Math]::Floor($sorted.Count / 2)]
}

# As a dotnet tool, PowerShell is a library that dotnet runs.
$program = if ($ShellPath) { $ShellPath } else { [Environment]::ProcessPath }
$first = @(if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') { [Reflection.Assembly]::GetEntryAssembly().Location })

$script = Join-Path ([IO.Path]::GetTempPath()) "raftkv-start-$([guid]::NewGuid().ToString('n')).ps1"
Set-Content -LiteralPath $script -Value $probe
$cluster = Start-RaftCluster -ServerCount 3
try {
    Set-RaftValue start here
    $runs = for ($run = 1; $run -le $ProcessCount; $run++) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $line = & $program $first -NoProfile -NonInteractive -File $script -Module $module -Cluster $cluster.Path
        $clock.Stop()
        $ticks = [long[]] (-split $line)
        [pscustomobject]@{
            Process      = "$run"
            ImportMs     = [Math]::Round($ticks[0] / 1e4)
            ConnectMs    = [Math]::Round($ticks[2] / 1e4)
            GetMs        = [Math]::Round($ticks[4] / 1e4)
            WholeMs      = [Math]::Round($clock.Elapsed.TotalMilliseconds)
            ImportCpuMs  = [Math]::Round($ticks[1] / 1e4)
            ConnectCpuMs = [Math]::Round($ticks[3] / 1e4)
            GetCpuMs     = [Math]::Round($ticks[5] / 1e4)
        }
    }
    $runs
    [pscustomobject]@{
        Process      = 'median'
        ImportMs     = Get-Median $runs.ImportMs
        ConnectMs    = Get-Median $runs.ConnectMs
        GetMs        = Get-Median $runs.GetMs
        WholeMs      = Get-Median $runs.WholeMs
        ImportCpuMs  = Get-Median $runs.ImportCpuMs
        ConnectCpuMs = Get-Median $runs.ConnectCpuMs
        GetCpuMs     = Get-Median $runs.GetCpuMs
    }
}
finally {
    Stop-RaftCluster -Cluster $cluster
    Remove-Item -LiteralPath $script
}
