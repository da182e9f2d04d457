# Twenty clients use a cluster while a seeded monkey kills, freezes, restarts and cuts off its servers, whose disks lose
# on a kill what was not flushed, and exchanges members. Snapshots are taken often, so that servers come back from them.
# What the clients saw must be linearizable, nothing acknowledged may be lost, and at the end all servers hold the same.
# The long run, ten minutes on 5 servers and ten on 11, seeds in results/full/chaos.csv, histories in results/quick:
#   dotnet run -c Release --project PSModule/Shell -- Evaluation/FullCorrectness.ps1 -Suite ChaosRun
# As long as you like on as many servers as you like, by a seed of your choice or a schedule that was kept:
#   dotnet run -c Release --project PSModule/Shell -- Evaluation/ChaosRun.ps1 -ServerCount 11 -DurationSec 600 -Seed 7
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath, [ulong] $Seed = 0, [double] $DurationSec = 0, [string] $SchedulePath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    if ($SchedulePath) {
        $kept = @(Import-Csv $SchedulePath)
        if (-not $Seed) { $Seed = $kept[0].Seed }
        $DurationSec = ($kept | ForEach-Object { [int] $_.AtMs + [int] $_.LastsMs } | Measure-Object -Maximum).Maximum / 1000
    }
    if (-not $ServerCount) { $ServerCount = if ($Scale -eq 'Full') { 5, 11 } else { 5 } }
    $cases = foreach ($case in Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath -Among Default) {
        $case + @{
            Seed        = if ($Seed) { $Seed } else { [ulong] (Get-Random -Minimum 1 -Maximum ([int]::MaxValue)) }
            DurationSec = if ($DurationSec) { $DurationSec } elseif ($Scale -eq 'Full') { 600 } else { 20 }
        }
    }
}

BeforeAll { . "$PSScriptRoot/../Shared/Head.ps1" }

Describe 'Chaos on <ServerCount> servers for <DurationSec> s, seed <Seed>, <Preset>' -Tag 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath -Option @{ LoseUnsyncedOnKill = $true; SnapshotThresholdEntries = 500; SnapshotTrailingEntries = 50 }
        $folder = "$PSScriptRoot/../../../results/quick"
        # A slow machine gets little done in one round: then the next seed has a round too.
        $rounds = @(foreach ($round in 0..4) {
                $at = $Seed + $round
                $history = "$folder/chaos-$ServerCount-$at.jsonl"
                $chaos = if ($SchedulePath) { Start-RaftChaos -Cluster $cluster -SchedulePath $SchedulePath }
                else { Start-RaftChaos -Cluster $cluster -Seed $at -DurationSec $DurationSec -OutputPath "$folder/chaos-$ServerCount-$at.csv" }
                $run = Measure-RaftChaos -Cluster $cluster -ClientCount 20 -DurationSec $DurationSec -Seed $at -HistoryPath $history
                $steps = @(Stop-RaftChaos -Cluster $cluster -Confirm:$false)
                Write-Host "      seed ${at}: $($steps.Count) steps of $($chaos.Schedule.Count), $(@($steps | Where-Object Error).Count) with an error: $(@($steps | Group-Object Fault | Sort-Object Name | ForEach-Object { "$($_.Name) $($_.Count)" }) -join ', ')"
                Write-Host "      $($run.Completed) operations answered, $([int] $run.PerMinute) a minute, $($run.Unknown) of unknown outcome"
                $answered += $run.Completed
                $kinds += @($steps | Where-Object { -not $_.Error } | ForEach-Object Fault)
                [pscustomobject]@{ Seed = $at; Chaos = $chaos; Run = $run; History = $history }
                if ($SchedulePath -or $DurationSec -lt 15 -or ($answered -gt 300 -and @($kinds | Select-Object -Unique).Count -eq 9)) { break }
            })
    }
    AfterAll {
        $rows = foreach ($round in $rounds) {
            foreach ($metric in 'Completed', 'Failed', 'Unknown', 'PerMinute', 'KeyCount') {
                @{ ServerCount = $ServerCount; Preset = $Preset; ClientCount = 20; Metric = $metric.ToLowerInvariant(); Value = $round.Run.$metric; Unit = 'count'; Seed = $round.Seed }
            }
        }
        Export-SuiteResult -Row $rows -Experiment 'chaos' -Scale $Scale
        if ($cluster) { $null = Stop-RaftChaos -Cluster $cluster -Confirm:$false }
        Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath
    }

    It 'fired every kind of fault, at the servers that the seed chose' {
        if ($SchedulePath) { return }
        foreach ($round in $rounds) { $round.Chaos.Seed | Should -Be $round.Seed }
        if ($DurationSec -ge 15) { @($kinds | Select-Object -Unique).Count | Should -Be 9 }
    }

    It 'got enough done for the verdict to mean something' {
        ($rounds.Run.CompareShare | Measure-Object -Average).Average | Should -BeGreaterThan 0.3
        $answered | Should -BeGreaterThan 300
    }

    It 'was linearizable' {
        foreach ($round in $rounds) {
            $verdict = Test-RaftLinearizability -Path $round.History -Detailed
            Write-Host "      verdict: $($verdict.Verdict)"
            $verdict.Verdict | Should -Be 'Linearizable' -Because "$($verdict.Window)"
        }
    }

    It 'lost nothing that was acknowledged, and applied nothing twice' {
        $rounds.Run.WrongVersion | Should -BeNullOrEmpty
    }

    It 'left the same state on every server' {
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        Wait-Until { @((Get-RaftServer -Cluster $cluster).AppliedIndex | Select-Object -Unique).Count -eq 1 }
        $hashes = @((Get-RaftServer -Cluster $cluster).StateHash | Select-Object -Unique)
        Write-Host "      state hashes of $(@(Get-RaftServer -Cluster $cluster).Count) servers: $($hashes -join ', ')"
        $hashes.Count | Should -Be 1
        @(Compare-RaftLog -Cluster $cluster | Where-Object Comparison -NE 'Missing').Count | Should -Be 0
    }
}
