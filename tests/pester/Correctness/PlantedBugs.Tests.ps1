# Bugs planted in whole processes, to see that the chaos run finds them: without that its green says nothing. The clients
# and the monkey are those of the chaos run. The bugs of the core are in a copy of the server
# that is made here (tests/planted-bugs.txt). Only at full scale: up to twelve rounds of half a minute for each bug and seed,
# as a rule one.
#   dotnet run -c Release --project PSModule/Shell -- Evaluation/PlantedBugs.ps1
param(
    [int[]] $ServerCount = 5, [string[]] $Preset = 'Default', [string] $Scale = 'Quick', [string] $ClusterPath, [ulong[]] $Seed = @(1, 2, 3),
    [string[]] $Bug = @('CommitAlone', 'ReadWithoutRound', 'SessionsNotInSnapshot'), [double] $RoundSec = 30, [int] $RoundCount = 12)

BeforeDiscovery {
    $skipped = $Scale -ne 'Full'
    if ($skipped) { Write-Host 'Skipped: planted bugs are hunted at -Scale Full only.' }
    $cases = foreach ($name in $Bug) { foreach ($number in $Seed) { @{ Bug = $name; Seed = $number; Scale = $Scale } } }
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"

    if ($Scale -eq 'Full') {
        $planted = Join-Path $TestDrive 'planted'
        $node = Split-Path (Get-Module RaftKv).Path | Join-Path -ChildPath 'node'
        $made = dotnet run -c Release --no-build --project "$PSScriptRoot/../../RaftKv.Tests" -- plant $node $planted
        if ($LASTEXITCODE) { throw "No server with planted bugs: $made" }
        $env:RAFTKV_NODE = $planted
    }

    # One round of chaos on a fresh cluster. Returns what shows that something is wrong with it; empty when nothing does.
    function Find-Fault([ulong] $Chance, [string] $History) {
        $cluster = Start-RaftCluster -ServerCount $ServerCount[0] -Preset $Preset[0] -Option @{ LoseUnsyncedOnKill = $true; SnapshotThresholdEntries = 500; SnapshotTrailingEntries = 50 }
        try {
            $null = Start-RaftChaos -Cluster $cluster -Seed $Chance -DurationSec $RoundSec
            $run = $null
            # Servers that halt because of the bug keep the cluster from recovering: what was recorded until then is judged.
            try { $run = Measure-RaftChaos -Cluster $cluster -ClientCount 20 -DurationSec $RoundSec -Seed $Chance -HistoryPath $History -TimeoutSec 30 }
            catch { Write-Host "      $_" }
            $verdict = Test-RaftLinearizability -Path $History -Detailed
            if ($verdict.Verdict -eq 'NotLinearizable') { return "not linearizable at key $($verdict.FailingKey)" }
            if ($run.WrongVersion) { return $run.WrongVersion[0] }
            $null = Wait-Until -TimeoutSec 5 -PassThru { @((Get-RaftServer -Cluster $cluster).AppliedIndex | Select-Object -Unique).Count -eq 1 }
            $views = @(Get-RaftServer -Cluster $cluster)
            if (@($views.AppliedIndex | Select-Object -Unique).Count -eq 1 -and @($views.StateHash | Select-Object -Unique).Count -gt 1) { return "states differ at index $($views[0].AppliedIndex)" }
            $views | ForEach-Object { Get-Content $_.LogPath } | Where-Object { $_ -match 'CommittedEntryConflict|TwoLeadersInOneTerm|AcknowledgedEntriesLost' } | Select-Object -First 1
        }
        finally { Stop-RaftCluster -Cluster $cluster -Confirm:$false }
    }
}

AfterAll { $env:RAFTKV_NODE = $null }

Describe 'The planted bug <Bug>, seed <Seed>' -Tag 'Cluster', 'Chaos', 'Full' -ForEach $cases -Skip:$skipped {
    It 'is caught' {
        $env:RAFTKV_TEST_CORE_FAULT = if ($Bug -eq 'SessionsNotInSnapshot') { $null } else { $Bug }
        $env:RAFTKV_TEST_DROP_SESSIONS = if ($Bug -eq 'SessionsNotInSnapshot') { '1' } else { $null }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $caught = ''
        try {
            foreach ($round in 1..$RoundCount) {
                $chance = [ulong] (1000 * $Seed + $round)
                try { $caught = Find-Fault $chance "$PSScriptRoot/../../../results/quick/planted-$Bug-$chance.jsonl" }
                catch { Write-Host "      round ${round} gave no verdict: $_" }
                if ($caught) { break }
            }
        }
        finally { $env:RAFTKV_TEST_CORE_FAULT = $null; $env:RAFTKV_TEST_DROP_SESSIONS = $null }
        Write-Host "      $Bug, seed ${Seed}: $caught, round $round, after $([int] $clock.Elapsed.TotalSeconds) s"
        Export-SuiteResult -Experiment 'planted-bugs' -Scale $Scale -Row @(@{ ServerCount = $ServerCount[0]; Preset = $Preset[0]; Metric = $Bug; Value = [math]::Round($clock.Elapsed.TotalSeconds, 3); Unit = 's'; Seed = $Seed; Outcome = $(if ($caught) { 'ok' } else { 'timeout' }) })
        $caught | Should -Not -BeNullOrEmpty
    }
}
