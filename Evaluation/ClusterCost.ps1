<#
.SYNOPSIS
Measures what a cluster of many servers costs one machine: time to start, memory, and CPU while idle.

.DESCRIPTION
Starts the cluster, writes one value, lets the cluster idle and stops it. Memory and CPU are read from /proc, so that on
Windows and macOS only the times are measured. PSS counts a page that n processes share as 1/n for each of them: the sum
is what the machine gives. RSS counts it n times.

.EXAMPLE
dotnet run -c Release --project PSModule/Shell -- Evaluation/ClusterCost.ps1
Measures 31 servers.

.EXAMPLE
pwsh Evaluation/ClusterCost.ps1 -ServerCount 5, 11, 17, 23, 31 -OutputPath results/quick/cluster-cost.csv
Measures every server count of the published evaluation and keeps the rows.
#>
[CmdletBinding()]
param(
    # How many servers, one cluster after the other.
    [ValidateRange(1, 63)]
    [int[]] $ServerCount = 31,

    # The preset.
    [ValidateSet('Default', 'Paper2019')]
    [string] $Preset = 'Default',

    # How long the cluster idles while its CPU time is measured.
    [ValidateRange(1, 600)]
    [int] $IdleSec = 5,

    # A CSV for the rows, in the columns that every result has.
    [string] $OutputPath
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PSModule/out/RaftKv"
$rows = [System.Collections.Generic.List[object]]::new()

# The kibibytes of one line of a process' memory account.
function Read-Memory([int] $ProcessId, [string] $Name) {
    foreach ($line in [IO.File]::ReadAllLines("/proc/$ProcessId/smaps_rollup")) {
        if ($line.StartsWith("${Name}:")) { return [long] ($line -replace '\D', '') }
    }
}

# The CPU seconds that processes have used so far. The kernel counts in hundredths.
function Read-CpuSeconds([int[]] $ProcessId) {
    $ticks = 0
    foreach ($id in $ProcessId) {
        $fields = ([IO.File]::ReadAllText("/proc/$id/stat") -replace '^.*\) ', '').Split(' ')
        $ticks += [long] $fields[11] + [long] $fields[12]
    }
    $ticks / 100
}

function Add-Row($Cluster, [int] $Count, [string] $Metric, [double] $Value, [string] $Unit) {
    $rows.Add(@{
        UtcTime = [datetime]::UtcNow; Preset = $Preset; ServerCount = $Count; AliveCount = $Count; Repetition = 1
        Metric = $Metric; Value = [math]::Round($Value, 3); Unit = $Unit; NodeBuild = $build
    })
    Write-Host ('  {0,-28} {1,10:0.0} {2}' -f $Metric, $Value, $Unit)
}

foreach ($count in $ServerCount) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $cluster = Start-RaftCluster -ServerCount $count -Preset $Preset -TimeoutSec 180
    try {
        $started = $clock.Elapsed
        Set-RaftValue -Cluster $cluster -Key 'cost' -Value 'first' -TimeoutSec 60
        $acknowledged = $clock.Elapsed
        Wait-RaftCluster -Cluster $cluster -For CaughtUp -TimeoutSec 120
        $ready = $clock.Elapsed
        $servers = @(Get-RaftServer -Cluster $cluster)
        $build = $servers[0].Build
        Write-Host "$count servers, $Preset, build $build, on $([Environment]::ProcessorCount) cores"
        Add-Row $cluster $count 'start-to-leader' $started.TotalMilliseconds 'ms'
        Add-Row $cluster $count 'start-to-first-put' $acknowledged.TotalMilliseconds 'ms'
        Add-Row $cluster $count 'start-to-caught-up' $ready.TotalMilliseconds 'ms'
        if (-not $IsLinux) { continue }

        $processes = @($servers.ProcessId)
        $spent = Read-CpuSeconds $processes
        Add-Row $cluster $count 'cpu-of-start' $spent 's'
        $clock.Restart()
        Start-Sleep -Seconds $IdleSec
        $idle = (Read-CpuSeconds $processes) - $spent
        Add-Row $cluster $count 'idle-cpu-of-one-core' (100 * $idle / $clock.Elapsed.TotalSeconds) '%'
        Add-Row $cluster $count 'pss-sum' (($processes | ForEach-Object { Read-Memory $_ 'Pss' } | Measure-Object -Sum).Sum / 1024) 'MiB'
        Add-Row $cluster $count 'rss-sum' (($processes | ForEach-Object { Read-Memory $_ 'Rss' } | Measure-Object -Sum).Sum / 1024) 'MiB'
    }
    finally { Stop-RaftCluster -Cluster $cluster -Confirm:$false }
}

if ($OutputPath) {
    $rows | Export-RaftResult -Path $OutputPath -Experiment cluster-cost
}
