# Bugs planted in whole processes, to see that the chaos run finds them: without that its green says nothing. Builds for
# tests alone have these switches. Only at full scale: up to ten minutes for each bug and seed, as a rule one.
#   Invoke-Pester -Container (New-PesterContainer tests/pester/Correctness/PlantedBugs.Tests.ps1 -Data @{ Scale = 'Full' })
param([int[]] $ServerCount = 5, [string[]] $Preset = 'Default', [string] $Scale = 'Quick', [string] $ClusterPath, [ulong[]] $Seed = @(1, 2, 3), [string[]] $Bug = @('CommitAlone', 'ReadWithoutRound'), [double] $RoundSec = 40, [int] $RoundCount = 10)

BeforeDiscovery {
    $skipped = $Scale -ne 'Full'
    if ($skipped) { Write-Host 'Skipped: planted bugs are hunted at -Scale Full only.' }
    . "$PSScriptRoot/../Shared/Import.ps1"
    if (Get-Command Checkpoint-RaftServer -ErrorAction SilentlyContinue) { $Bug += 'SessionsNotInSnapshot' }
    $cases = foreach ($name in $Bug) { foreach ($number in $Seed) { @{ Bug = $name; Seed = $number; Scale = $Scale } } }
}

BeforeAll { . "$PSScriptRoot/../Shared/Head.ps1" }

Describe 'The planted bug <Bug>, seed <Seed>' -Tag 'Cluster', 'Chaos', 'Full' -ForEach $cases -Skip:$skipped {
    It 'is caught' {
        $env:RAFTKV_TEST_CORE_FAULT = if ($Bug -eq 'SessionsNotInSnapshot') { $null } else { $Bug }
        $env:RAFTKV_TEST_DROP_SESSIONS = if ($Bug -eq 'SessionsNotInSnapshot') { '1' } else { $null }
        $caught = ''
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        try {
            foreach ($round in 1..$RoundCount) {
                $cluster = $null
                $cluster = Start-RaftCluster -ServerCount $ServerCount[0] -Preset $Preset[0] -Option @{ LoseUnsyncedOnKill = $true }
                try {
                    $chance = [ulong] (1000 * $Seed + $round)
                    $history = "$PSScriptRoot/../../../results/quick/planted-$Bug-$chance.jsonl"
                    $null = Start-RaftChaos -Cluster $cluster -Seed $chance -DurationSec $RoundSec
                    $run = Measure-RaftChaos -Cluster $cluster -ClientCount 20 -DurationSec $RoundSec -Seed $chance -HistoryPath $history -TimeoutSec 30 -ErrorAction SilentlyContinue
                    $halts = @(Get-RaftServer -Cluster $cluster | ForEach-Object { Get-Content $_.LogPath } | Where-Object { $_ -match 'CommittedEntryConflict|TwoLeadersInOneTerm|AcknowledgedEntriesLost' })
                    if ($Bug -eq 'SessionsNotInSnapshot') {
                        foreach ($server in 1..2) { Checkpoint-RaftServer -Cluster $cluster -Server $server -Confirm:$false; Restart-RaftServer -Cluster $cluster -Server $server -Confirm:$false }
                        Wait-RaftCluster -Cluster $cluster -For CaughtUp
                    }
                    $null = Wait-Until -TimeoutSec 5 -PassThru { @((Get-RaftServer -Cluster $cluster).AppliedIndex | Select-Object -Unique).Count -eq 1 }
                    $views = @(Get-RaftServer -Cluster $cluster)
                    $split = @($views.AppliedIndex | Select-Object -Unique).Count -eq 1 -and @($views.StateHash | Select-Object -Unique).Count -gt 1
                    $verdict = (Test-RaftLinearizability -Path $history -Detailed).Verdict
                    $caught = if ($verdict -eq 'NotLinearizable') { 'not linearizable' } elseif ($run.WrongVersion) { "$($run.WrongVersion[0])" } elseif ($split) { "states differ at index $($views[0].AppliedIndex)" } elseif ($halts) { $halts[0] } else { '' }
                }
                finally { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }
                if ($caught) { break }
            }
        }
        finally { $env:RAFTKV_TEST_CORE_FAULT = $null; $env:RAFTKV_TEST_DROP_SESSIONS = $null }
        Write-Host "      $Bug, seed ${Seed}: $caught, round $round, after $([int] $clock.Elapsed.TotalSeconds) s"
        Export-SuiteResult -Experiment 'planted-bugs' -Scale $Scale -Row @(New-SuiteRow -ServerCount $ServerCount[0] -Preset $Preset[0] -Metric $Bug -Value $clock.Elapsed.TotalSeconds -Unit 's' -Seed $Seed -Outcome $(if ($caught) { 'ok' } else { 'timeout' }))
        $caught | Should -Not -BeNullOrEmpty
    }
}
