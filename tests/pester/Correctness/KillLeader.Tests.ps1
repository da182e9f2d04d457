# The leader's process is killed again and again: one leader each round, in a higher term, and no acknowledged write
# is lost (published evaluation, 4.1.1: 31 servers down to 16). One more kill leaves no majority, and then nothing.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    if (-not $ServerCount -and $Scale -eq 'Full') { $ServerCount = 5, 31 }
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath)
}

BeforeAll { . "$PSScriptRoot/../Shared/Head.ps1" }

Describe 'Killing the leader of <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $acknowledged = @{}
        $rounds = [math]::Floor(($ServerCount - 1) / 2)
        $deposed = [System.Collections.Generic.List[int]]::new()
        $rows = [System.Collections.Generic.List[object]]::new()
    }
    AfterAll {
        Export-SuiteResult -Row $rows -Experiment 'kill-leader' -Scale $Scale
        Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath
    }

    It 'elects one leader in a higher term after every kill, down to a bare majority' {
        foreach ($round in 1..$rounds) {
            $old = Get-RaftLeader -Cluster $cluster
            $pair = New-RandomPair
            $null = Set-RaftValue -Cluster $cluster -Key $pair.Key -Value $pair.Value
            $acknowledged[$pair.Key] = $pair.Value

            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            Stop-RaftServer -Cluster $cluster -Server $old.Server -Force -Confirm:$false
            $deposed.Add($old.Server)
            Wait-RaftCluster -Cluster $cluster -For Leader
            $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; AliveCount = $ServerCount - $round; Repetition = $round; Metric = 'leader-after-kill'; Value = [math]::Round($clock.Elapsed.TotalMilliseconds, 3); Unit = 'ms' })

            # Counting the claims as the specification says takes three upper timeouts: at full scale each round, else the last.
            if ($Scale -eq 'Full' -or $round -eq $rounds) {
                Measure-LeaderClaim -Cluster $cluster -Group (, @(1..$ServerCount)) -Expected 1 | Should -Be 1
            }
            $leaders = @(Get-RaftLeader -Cluster $cluster -All)
            $leaders.Count | Should -Be 1 -Because "round $round must end with one leader"
            $leaders[0].Term | Should -BeGreaterThan $old.Term
            $leaders[0].Server | Should -Not -BeIn $deposed
        }
        $ServerCount - $deposed.Count | Should -Be ([math]::Floor($ServerCount / 2) + 1)
    }

    It 'has lost no acknowledged write' {
        foreach ($key in $acknowledged.Keys) {
            (Get-RaftValue -Cluster $cluster -Key $key).Value | Should -BeExactly $acknowledged[$key]
        }
    }

    It 'acknowledges nothing and elects no one without a majority' {
        $last = Get-RaftLeader -Cluster $cluster
        Stop-RaftServer -Cluster $cluster -Server $last.Server -Force -Confirm:$false
        $deposed.Add($last.Server)
        $alive = @(Get-RaftServer -Cluster $cluster | Where-Object Server -NotIn $deposed).Server

        $null = Set-RaftValue -Cluster $cluster -Key 'suite/without-majority' -Value 'x' -TimeoutSec 2 -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -Match '^(NoLeader|WriteOutcomeUnknown),'

        # At full scale no one leads for ten upper election timeouts.
        $stable = if ($Scale -eq 'Full') { 10 } else { 1 }
        $claims = Measure-LeaderClaim -Cluster $cluster -Group (, $alive) -Expected 0 -StableSec $stable -TimeoutSec 30
        $claims | Should -Be 0
        $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; AliveCount = $alive.Count; Metric = 'leaders-without-majority'; Value = $claims; Unit = 'count' })
    }

    It 'is whole again when the killed servers are back' {
        Start-RaftServer -Cluster $cluster -Server $deposed
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        foreach ($key in $acknowledged.Keys) {
            (Get-RaftValue -Cluster $cluster -Key $key).Value | Should -BeExactly $acknowledged[$key]
        }
    }
}
