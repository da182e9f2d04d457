<#
.SYNOPSIS
Measures how long a fresh PowerShell process takes to import the module and to read its first key.

.DESCRIPTION
Starts one cluster that outlives the processes, sets a key, and lets fresh processes of this PowerShell import the module,
connect to the cluster and get the key, each timed inside its process. One object for each process and one with the medians.

.EXAMPLE
dotnet run -c Release --project PSModule/Shell -- Evaluation/Measure-StartTime.ps1
Measures five fresh processes of the embedded shell.

.EXAMPLE
pwsh Evaluation/Measure-StartTime.ps1 -ProcessCount 11
Measures eleven fresh processes of PowerShell 7.6, after any build.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 1000)]
    [int] $ProcessCount = 5,

    # The PowerShell to start; without it, the one that runs this.
    [string] $ShellPath = [Environment]::ProcessPath
)

$ErrorActionPreference = 'Stop'
$module = "$PSScriptRoot/../PSModule/out/RaftKv"
Import-Module $module

$probe = @'
param($Module, $Cluster)
$clock = [System.Diagnostics.Stopwatch]::StartNew()
Import-Module $Module
$import = $clock.Elapsed
$null = Connect-RaftCluster -Path $Cluster
$connect = $clock.Elapsed
$pair = Get-RaftValue start
$get = $clock.Elapsed
if ($pair.Value -ne 'here') { throw "The value is '$($pair.Value)'." }
'{0} {1} {2}' -f $import.Ticks, ($connect - $import).Ticks, ($get - $connect).Ticks
'@

function Get-Median([double[]] $Number) {
    $sorted = @($Number | Sort-Object)
    $sorted[[Math]::Floor($sorted.Count / 2)]
}

$script = Join-Path ([IO.Path]::GetTempPath()) "raftkv-start-$([guid]::NewGuid().ToString('n')).ps1"
Set-Content -LiteralPath $script -Value $probe
$cluster = Start-RaftCluster -ServerCount 3
try {
    Set-RaftValue start here
    $runs = for ($run = 1; $run -le $ProcessCount; $run++) {
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $line = & $ShellPath -NoProfile -NonInteractive -File $script -Module $module -Cluster $cluster.Path
        $clock.Stop()
        $ticks = [long[]] (-split $line)
        [pscustomobject]@{
            Process   = "$run"
            ImportMs  = [Math]::Round($ticks[0] / 1e4)
            ConnectMs = [Math]::Round($ticks[1] / 1e4)
            GetMs     = [Math]::Round($ticks[2] / 1e4)
            WholeMs   = [Math]::Round($clock.Elapsed.TotalMilliseconds)
        }
    }
    $runs
    [pscustomobject]@{
        Process   = 'median'
        ImportMs  = Get-Median $runs.ImportMs
        ConnectMs = Get-Median $runs.ConnectMs
        GetMs     = Get-Median $runs.GetMs
        WholeMs   = Get-Median $runs.WholeMs
    }
}
finally {
    Stop-RaftCluster -Cluster $cluster
    Remove-Item -LiteralPath $script
}
