# Three groups, none of them a majority, with the old leader in either kind of group (published evaluation, 4.1.1). No
# election succeeds. Under the published rules the old leader goes on claiming; under the default preset it steps down
# and nobody's term grows.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = foreach ($case in Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale) {
        foreach ($place in 'Minority', 'Alone') { $case + @{ Place = $place } }
    }
}

BeforeAll { . "$PSScriptRoot/../Shared/Head.ps1" }

Describe 'All of <ServerCount> servers in minorities, leader in <Place>, <Preset>' -Tag 'CI', 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $before = New-RandomPair
        $null = Set-RaftValue -Cluster $cluster -Key $before.Key -Value $before.Value
        $old = Get-RaftLeader -Cluster $cluster
        $plan = New-RaftPartition -Cluster $cluster AllMinorities -LeaderIn $Place
        $plan | Set-RaftPartition -Confirm:$false

        # The leader's group comes first.
        $claims = if ($Preset -eq 'Paper2019') { 1, 0, 0 } else { 0, 0, 0 }
    }
    AfterAll { Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath }

    It 'makes two groups just short of half, and one server alone' {
        @($plan.Group | ForEach-Object Count | Sort-Object) | Should -Be @(1, [math]::Floor(($ServerCount - 1) / 2), [math]::Floor(($ServerCount - 1) / 2))
        $plan.Group[0] | Should -Contain $old.Server
    }

    It 'elects nobody: only the old leader may claim, and only where the preset allows it' {
        $counted = @(Measure-LeaderClaim -Cluster $cluster -Group $plan.Group -Expected $claims)
        $claimed = @(Get-RaftLeader -Cluster $cluster -All -ErrorAction SilentlyContinue)
        $growth = (Get-RaftServer -Cluster $cluster | Measure-Object Term -Maximum).Maximum - $old.Term
        Export-SuiteResult -Experiment 'partition-all-minorities' -Scale $Scale -Row @(
            New-SuiteRow -ServerCount $ServerCount -Preset $Preset -Metric "claims-leader-in-$Place" -Value ($counted | Measure-Object -Sum).Sum -Unit 'count' -Seed $plan.Seed
            New-SuiteRow -ServerCount $ServerCount -Preset $Preset -Metric "term-growth-leader-in-$Place" -Value $growth -Unit 'terms' -Seed $plan.Seed)
        $counted | Should -Be $claims
        foreach ($leader in $claimed) { "$($leader.Server) in $($leader.Term)" | Should -Be "$($old.Server) in $($old.Term)" }
        if ($Preset -eq 'Default') { $growth | Should -Be 0 -Because 'a candidate that nobody would elect must not disturb anyone' }
    }

    It 'acknowledges nothing and answers no linearizable read at the old leader' {
        Get-RaftValue -Cluster $cluster -Key $before.Key -Server $old.Server -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable failure | Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -Match '^(ReadTimeout|NoLeader),'
        $null = Set-RaftValue -Cluster $cluster -Key 'suite/in-minorities' -Value 'x' -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable failure
        $failure[0].FullyQualifiedErrorId | Should -Match '^(NoLeader|WriteOutcomeUnknown),'
    }

    It 'heals to one leader with everything acknowledged' {
        Clear-RaftFault -Cluster $cluster -Confirm:$false
        $after = New-RandomPair
        $null = Set-RaftValue -Cluster $cluster -Key $after.Key -Value $after.Value
        Wait-RaftCluster -Cluster $cluster -For CaughtUp -TimeoutSec 30
        Wait-Until { @(Get-RaftLeader -Cluster $cluster -All).Count -eq 1 }
        foreach ($pair in $before, $after) {
            foreach ($server in 1..$ServerCount) {
                (Get-RaftValue -Cluster $cluster -Key $pair.Key -Server $server).Value | Should -BeExactly $pair.Value
            }
        }
    }
}
