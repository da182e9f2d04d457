<#
.SYNOPSIS
Measures what a five-server cluster must hold on this machine: start, latency, recovery, catching up.

.DESCRIPTION
Each number is printed and written as a row to a result CSV. Run it with nothing else running; it takes about four
minutes, a minute of which one server spends switched off.

.EXAMPLE
dotnet run -c Release --project PSModule/Shell -- Evaluation/Baseline.ps1
#>
[CmdletBinding()]
param(
    [int] $ServerCount = 5,
    [int] $Kills = 20,
    [int] $DownSec = 60,
    [int] $WriterCount = 1,
    [string] $OutputPath = "$PSScriptRoot/../results/quick/baseline.csv"
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PSModule/out/RaftKv"

$rows = [System.Collections.Generic.List[object]]::new()

function Add-Row([string] $Metric, [double] $Value, [string] $Unit, [int] $Repetition = 1) {
    $rows.Add(@{
            UtcTime = [datetime]::UtcNow; ClientCount = 1; Repetition = $Repetition
            Metric = $Metric; Value = [math]::Round($Value, 3); Unit = $Unit
        })
}

function Get-Median([double[]] $Value) {
    $sorted = @($Value | Sort-Object)
    $sorted[[math]::Floor($sorted.Count / 2)]
}

# From Start-RaftCluster to the first acknowledged put, five times, each on fresh data.
$starts = foreach ($repetition in 1..5) {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $cluster = Start-RaftCluster -ServerCount $ServerCount
    Set-RaftValue -Cluster $cluster -Key 'first' -Value 'x'
    $seconds = $watch.Elapsed.TotalSeconds
    Add-Row 'StartToFirstPut' $seconds 's' $repetition
    Stop-RaftCluster -Cluster $cluster -Confirm:$false
    $seconds
}
Write-Host ('start to first acknowledged put: median {0:N2} s of {1}' -f (Get-Median $starts), (($starts | ForEach-Object { $_.ToString('N2') }) -join ', '))

$cluster = Start-RaftCluster -ServerCount $ServerCount
try {
    $latency = Measure-RaftLatency -Cluster $cluster -Count 1000
    Add-Row 'PutLatencyP50' $latency.P50Ms 'ms'
    Add-Row 'PutLatencyP99' $latency.P99Ms 'ms'
    Write-Host ('one client: p50 {0:N2} ms, p99 {1:N2} ms, max {2:N2} ms' -f $latency.P50Ms, $latency.P99Ms, $latency.MaxMs)

    # kill -9 of the leader, then one Set-RaftValue that finds the new one by itself.
    $recoveries = foreach ($repetition in 1..$Kills) {
        $leader = Get-RaftLeader -Cluster $cluster
        Stop-RaftServer -Cluster $cluster -Server $leader.Server -Force -Confirm:$false
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        Set-RaftValue -Cluster $cluster -Key 'after-kill' -Value "round $repetition"
        $seconds = $watch.Elapsed.TotalSeconds
        Add-Row 'PutAfterLeaderKill' $seconds 's' $repetition
        Start-RaftServer -Cluster $cluster -Server $leader.Server
        Wait-RaftCluster -Cluster $cluster -For CaughtUp -TimeoutSec 30
        $seconds
    }
    $within = @($recoveries | Where-Object { $_ -le 2 }).Count
    Write-Host ('put after leader kill: {0} of {1} within 2 s, median {2:N2} s, worst {3:N2} s' -f $within, $Kills, (Get-Median $recoveries), ($recoveries | Measure-Object -Maximum).Maximum)

    # One server down for a minute while the others take writes, then back.
    $down = @((Get-RaftServer -Cluster $cluster).Server | Where-Object { $_ -ne (Get-RaftLeader -Cluster $cluster).Server })[0]
    Stop-RaftServer -Cluster $cluster -Server $down -Force -Confirm:$false
    $load = Measure-RaftThroughput -Cluster $cluster -ClientCount $WriterCount -DurationSec $DownSec
    Start-RaftServer -Cluster $cluster -Server $down
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    Wait-RaftCluster -Cluster $cluster -For CaughtUp -TimeoutSec 60
    $seconds = $watch.Elapsed.TotalSeconds
    Add-Row 'CatchUpAfterDown' $seconds 's'
    Write-Host ('caught up {0:N2} s after being ready: {1} s down, {2:N0} writes missed' -f $seconds, $DownSec, $load.Succeeded)
}
finally {
    Stop-RaftCluster -Cluster $cluster -Confirm:$false
    $rows | Export-RaftResult -Path $OutputPath -Experiment Baseline -Cluster $cluster
    Write-Host "rows: $OutputPath"
}
