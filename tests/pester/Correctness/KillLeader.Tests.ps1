# The leader's process is killed again and again: one leader each round, in a higher term, and no acknowledged write
# is lost (published evaluation, 4.1.1). With five servers three rounds leave a bare majority, and one more none.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale)
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"
    . "$PSScriptRoot/../Shared/Suite.ps1"
}

Describe 'Killing the leader of <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $acknowledged = @{}
        $rounds = [math]::Floor(($ServerCount - 1) / 2)
        $deposed = [System.Collections.Generic.List[int]]::new()
    }
    AfterAll { Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath }

    It 'elects one leader in a higher term after every kill, down to a bare majority' {
        foreach ($round in 1..$rounds) {
            $old = Get-RaftLeader -Cluster $cluster
            $pair = New-RandomPair
            $null = Set-RaftValue -Cluster $cluster -Key $pair.Key -Value $pair.Value
            $acknowledged[$pair.Key] = $pair.Value

            Stop-RaftServer -Cluster $cluster -Server $old.Server -Force -Confirm:$false
            $deposed.Add($old.Server)
            Wait-RaftCluster -Cluster $cluster -For Leader -TimeoutSec 20

            $leaders = @(Get-RaftLeader -Cluster $cluster -All)
            $leaders.Count | Should -Be 1 -Because "round $round must end with one leader"
            $leaders[0].Term | Should -BeGreaterThan $old.Term
            $leaders[0].Server | Should -Not -Be $old.Server
        }
    }

    It 'has lost no acknowledged write' {
        foreach ($key in $acknowledged.Keys) {
            (Get-RaftValue -Cluster $cluster -Key $key).Value | Should -BeExactly $acknowledged[$key]
        }
    }

    It 'acknowledges nothing and elects nobody without a majority' {
        $last = Get-RaftLeader -Cluster $cluster
        Stop-RaftServer -Cluster $cluster -Server $last.Server -Force -Confirm:$false
        $deposed.Add($last.Server)
        $alive = @(Get-RaftServer -Cluster $cluster | Where-Object Server -notin $deposed).Server

        $null = Set-RaftValue -Cluster $cluster -Key 'suite/without-majority' -Value 'x' -TimeoutSec 3 -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -Match '^(NoLeader|WriteOutcomeUnknown),'
        Measure-LeaderClaim -Cluster $cluster -Server $alive -Expected 0 | Should -Be 0
    }

    It 'is whole again when the killed servers are back' {
        Start-RaftServer -Cluster $cluster -Server $deposed
        Wait-RaftCluster -Cluster $cluster -For CaughtUp -TimeoutSec 30
        foreach ($key in $acknowledged.Keys) {
            (Get-RaftValue -Cluster $cluster -Key $key).Value | Should -BeExactly $acknowledged[$key]
        }
    }
}
