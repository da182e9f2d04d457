<#
.SYNOPSIS
The main job: starts a cluster, uses it, kills its leader, cuts its network, measures it, and leaves CSVs and figures.

.DESCRIPTION
Every step says what it does. Nothing is left behind but the files in OutputPath: recovery, latency and throughput as
result CSVs and as pictures.

.EXAMPLE
dotnet run -c Release --project PSModule/Shell -- Evaluation/Quickstart.ps1
Builds everything and runs it.

.EXAMPLE
pwsh Evaluation/Quickstart.ps1 -ServerCount 7
Runs it with seven servers in PowerShell 7.6, after any build.
#>
[CmdletBinding()]
param(
    # How many servers: at least three, or nothing could fail.
    [ValidateRange(3, 31)]
    [int] $ServerCount = 5,

    # Where CSVs and figures go. Those of an earlier run are replaced.
    [string] $OutputPath = "$PSScriptRoot/../results/quickstart"
)

$ErrorActionPreference = 'Stop'
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$steps = 8
$step = 0

function Write-Step([string] $Text) {
    $script:step++
    Write-Progress -Activity 'Quickstart' -Status $Text -PercentComplete (100 * ($script:step - 1) / $steps)
    Write-Host ''
    Write-Host "[$script:step/$steps] $Text"
}

function Write-Result([string] $Text) {
    Write-Host "      $Text"
}

# A row of the recovery CSV.
function New-Row([string] $Metric, [string] $Experiment, [double] $Milliseconds, [int] $AliveCount) {
    @{
        UtcTime = [datetime]::UtcNow; Experiment = $Experiment; NodeBuild = $build; AliveCount = $AliveCount
        ClientCount = 1; Repetition = 1; Metric = $Metric; Value = [math]::Round($Milliseconds, 3); Unit = 'ms'
    }
}

Import-Module "$PSScriptRoot/../PSModule/out/RaftKv"

$build = ''
$recoveryCsv = "$OutputPath/recovery.csv"
$latencyCsv = "$OutputPath/latency.csv"
$throughputCsv = "$OutputPath/throughput.csv"
$null = New-Item -ItemType Directory -Path $OutputPath -Force
foreach ($file in $recoveryCsv, $latencyCsv, $throughputCsv) {
    # The measuring cmdlets add rows to a file that exists.
    if (Test-Path -LiteralPath $file) {
        Remove-Item -LiteralPath $file
    }
}

$cluster = $null
$recovery = @()
try {
    Write-Step "Starting $ServerCount servers, each a process of its own with its own write-ahead log."
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $cluster = Start-RaftCluster -ServerCount $ServerCount
    Set-RaftValue -Cluster $cluster -Key 'greeting' -Value 'hello'
    $started = $watch.Elapsed
    Write-Result ('The first write was acknowledged after {0:N2} s.' -f $started.TotalSeconds)
    $servers = @(Get-RaftServer -Cluster $cluster)
    $build = $servers[0].Build
    $recovery += New-Row 'StartToFirstPut' 'Start' $started.TotalMilliseconds $ServerCount
    $servers | Out-Host

    Write-Step 'Writing at the leader, reading at a follower.'
    $leader = Get-RaftLeader -Cluster $cluster
    $follower = @($servers | Where-Object { $_.Server -ne $leader.Server })[0]
    $written = Set-RaftValue -Cluster $cluster -Key 'greeting' -Value 'hello, world' -PassThru
    $read = Get-RaftValue -Cluster $cluster -Key 'greeting' -Server $follower.Server
    if ($read.Value -cne 'hello, world') {
        throw "Server $($follower.Name) answered '$($read.Value)' instead of what was acknowledged before."
    }

    Write-Result "Written as version $($written.Version) while $($leader.Name) leads; $($follower.Name) reads '$($read.Value)'."

    Write-Step "Killing the leader, $($leader.Name): kill -9, no goodbye."
    $null = Stop-RaftServer -Cluster $cluster -Server $leader.Server -Force -Confirm:$false
    $watch.Restart()
    Set-RaftValue -Cluster $cluster -Key 'after the kill' -Value 'still here'
    $recovery += New-Row 'TimeToAcknowledgement' 'Leader killed' $watch.Elapsed.TotalMilliseconds ($ServerCount - 1)
    $successor = Get-RaftLeader -Cluster $cluster
    Write-Result ('A write was acknowledged {0:N2} s later; {1} leads now, in term {2}.' -f $watch.Elapsed.TotalSeconds, $successor.Name, $successor.Term)
    $null = Start-RaftServer -Cluster $cluster -Server $leader.Server
    $watch.Restart()
    Wait-RaftCluster -Cluster $cluster -For CaughtUp
    Write-Result ('{0} is back, and has caught up {1:N2} s after it was ready.' -f $leader.Name, $watch.Elapsed.TotalSeconds)

    Write-Step 'Cutting the network: the leader stays with a minority.'
    $leader = Get-RaftLeader -Cluster $cluster
    $others = @((Get-RaftServer -Cluster $cluster).Server | Where-Object { $_ -ne $leader.Server })
    $minoritySize = [math]::Floor(($ServerCount - 1) / 2)
    $minority = @($leader.Server) + @($others | Select-Object -First ($minoritySize - 1))
    Set-RaftPartition -Cluster $cluster -Group $minority
    $watch.Restart()
    Set-RaftValue -Cluster $cluster -Key 'behind the cut' -Value 'the majority goes on'
    $recovery += New-Row 'TimeToAcknowledgement' 'Leader cut off' $watch.Elapsed.TotalMilliseconds $ServerCount
    $successor = Get-RaftLeader -Cluster $cluster
    Write-Result ('Servers {0} are cut off. The majority elected {1} and acknowledged a write after {2:N2} s.' -f ($minority -join ', '), $successor.Name, $watch.Elapsed.TotalSeconds)
    $refused = $null
    $stale = Get-RaftValue -Cluster $cluster -Key 'behind the cut' -Server $leader.Server -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable refused
    if ($null -ne $stale -or $refused.Count -eq 0) {
        throw "Server $($leader.Name) answered a linearizable read although it is cut off."
    }

    Write-Result "$($leader.Name), cut off, does not answer a linearizable read: $(($refused[0].FullyQualifiedErrorId -split ',')[0])."

    Write-Step 'Healing the network.'
    $watch.Restart()
    Clear-RaftFault -Cluster $cluster
    Wait-RaftCluster -Cluster $cluster -For CaughtUp
    $read = Get-RaftValue -Cluster $cluster -Key 'behind the cut' -Server $leader.Server
    Write-Result ("All servers agree again after {0:N2} s; {1} reads '{2}'." -f $watch.Elapsed.TotalSeconds, $leader.Name, $read.Value)

    Write-Step 'Measuring how long one write takes, then one read.'
    foreach ($operation in 'Put', 'Get') {
        $latency = Measure-RaftLatency -Cluster $cluster -Operation $operation -DurationSec 1.5 -OutputPath $latencyCsv -Experiment 'Quickstart' -Scale 'Quickstart'
        Write-Result ('{0}: median {1:N2} ms, 99% within {2:N2} ms, slowest {3:N2} ms.' -f $operation, $latency.P50Ms, $latency.P99Ms, $latency.MaxMs)
    }

    Write-Step 'Measuring how many writes a second 1, 10 and 100 clients get done.'
    foreach ($clients in 1, 10, 100) {
        $throughput = Measure-RaftThroughput -Cluster $cluster -ClientCount $clients -DurationSec 2 -OutputPath $throughputCsv -Experiment 'Quickstart' -Scale 'Quickstart'
        Write-Result ('{0,3} clients: {1,7:N0} a second, median {2:N2} ms.' -f $clients, $throughput.PerSecond, $throughput.P50Ms)
    }

    Write-Step 'Drawing figures.'
    $recovery | Export-RaftResult -Path $recoveryCsv -Cluster $cluster -Scale Quickstart
    $figures = @(
        Export-RaftFigure -Path $recoveryCsv -OutputPath "$OutputPath/recovery.png" -Metric TimeToAcknowledgement -X Experiment -Title "From the fault to the next acknowledged write, $ServerCount servers"
        Export-RaftFigure -Path $latencyCsv -OutputPath "$OutputPath/latency.png" -Metric PutLatency -Title "One client's writes, $ServerCount servers"
        Export-RaftFigure -Path $throughputCsv -OutputPath "$OutputPath/throughput.png" -Metric PutThroughput -Title "Writes acknowledged a second, $ServerCount servers"
        Export-RaftFigure -Path $throughputCsv -OutputPath "$OutputPath/latency-by-clients.png" -Metric PutLatency -Title "How long a write takes, $ServerCount servers"
    )
    foreach ($file in @($recoveryCsv, $latencyCsv, $throughputCsv) + @($figures.FullName)) {
        Write-Result ([System.IO.Path]::GetFullPath($file))
    }
}
finally {
    Write-Progress -Activity 'Quickstart' -Completed
    if ($null -ne $cluster) {
        Stop-RaftCluster -Cluster $cluster -Confirm:$false
    }
}

Write-Host ''
Write-Host ('Done in {0:N1} s. The cluster is stopped and its data deleted.' -f $clock.Elapsed.TotalSeconds)
