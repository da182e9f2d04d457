# Three groups, none of them a majority, with the old leader in either kind of group (published evaluation, 4.1.1). No
# election succeeds. Under the published rules the old leader goes on claiming; under the default preset it steps down
# and no one's term grows.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = foreach ($case in Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath) {
        foreach ($place in 'Minority', 'Alone') { $case + @{ Place = $place } }
    }
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"
    . "$PSScriptRoot/../Shared/Partition.ps1"
}

Describe 'All of <ServerCount> servers in minorities, leader in <Place>, <Preset>' -Tag 'CI', 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $split = Split-SuiteCluster -Cluster $cluster -Kind AllMinorities -LeaderIn $Place
        $old = $split.OldLeader

        # The leader's group comes first.
        $claims = if ($Preset -eq 'Paper2019') { 1, 0, 0 } else { 0, 0, 0 }
    }
    AfterAll { Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath }

    It 'makes two groups just short of half, and one server alone' {
        @($split.Plan.Group | ForEach-Object Count | Sort-Object) | Should -Be @(1, [math]::Floor(($ServerCount - 1) / 2), [math]::Floor(($ServerCount - 1) / 2))
        $split.Plan.Group[0] | Should -Contain $old.Server
    }

    It 'elects no one: only the old leader may claim, and only where the preset allows it' {
        $counted = @(Measure-LeaderClaim -Cluster $cluster -Group $split.Plan.Group -Expected $claims)
        $claimed = @(Get-RaftLeader -Cluster $cluster -All -ErrorAction SilentlyContinue)
        $growth = (Get-RaftServer -Cluster $cluster | Measure-Object Term -Maximum).Maximum - $old.Term
        Export-SuiteResult -Experiment 'partition-all-minorities' -Scale $Scale -Row @(
            @{ ServerCount = $ServerCount; Preset = $Preset; Metric = "claims-leader-in-$Place"; Value = ($counted | Measure-Object -Sum).Sum; Unit = 'count'; Seed = $split.Plan.Seed }
            @{ ServerCount = $ServerCount; Preset = $Preset; Metric = "term-growth-leader-in-$Place"; Value = $growth; Unit = 'terms'; Seed = $split.Plan.Seed })
        $counted | Should -Be $claims
        foreach ($leader in $claimed) { "$($leader.Server) in $($leader.Term)" | Should -Be "$($old.Server) in $($old.Term)" }
        if ($Preset -eq 'Default') { $growth | Should -Be 0 -Because 'a candidate that no one would elect must not disturb anyone' }
    }

    It 'acknowledges nothing and answers no linearizable read at the old leader' { Assert-NothingServed -Cluster $cluster -Split $split }

    It 'heals to one leader with everything acknowledged' { Assert-Healed -Cluster $cluster -Scale $Scale -Pair $split.Before }
}
