# One majority and one minority, with the old leader on either side (published evaluation, 4.1.1). Claims to lead are
# counted for each group: under the default preset a leader in the minority steps down, under the published rules it
# goes on claiming.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = foreach ($case in Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath) {
        foreach ($place in 'Majority', 'Minority') { $case + @{ Place = $place } }
    }
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"
    . "$PSScriptRoot/../Shared/Partition.ps1"
}

Describe 'Leader in the <Place> of <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $split = Split-SuiteCluster -Cluster $cluster -Kind Majority -LeaderIn $Place
        $groups = @($split.Plan.Group | Sort-Object { $_.Count } -Descending)
        $claims = if ($Place -eq 'Minority' -and $Preset -eq 'Paper2019') { 1, 1 } else { 1, 0 }
        $acknowledged = [System.Collections.Generic.List[hashtable]] @($split.Before)
    }
    AfterAll { Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath }

    It 'shows the cut in the connectivity of every server' {
        $cut = @(Get-RaftConnectivity -Cluster $cluster | ForEach-Object Blocked)
        $cut.Count | Should -Be (2 * $groups[0].Count * $groups[1].Count)
        $groups[[int] ($Place -eq 'Minority')] | Should -Contain $split.OldLeader.Server
    }

    It 'has one leader in the majority, and in the minority the claims that the preset allows' {
        $counted = @(Measure-LeaderClaim -Cluster $cluster -Group $groups -Expected $claims)
        $rows = foreach ($number in 0, 1) {
            @{ ServerCount = $ServerCount; Preset = $Preset; AliveCount = $groups[$number].Count; Metric = "claims-leader-in-$Place"; Value = $counted[$number]; Unit = 'count'; Seed = $split.Plan.Seed }
        }
        Export-SuiteResult -Row $rows -Experiment 'partition-majority' -Scale $Scale
        $counted | Should -Be $claims
    }

    It 'serves writes through the majority' {
        $during = New-RandomPair
        $null = Set-RaftValue -Cluster $cluster -Key $during.Key -Value $during.Value
        (Get-RaftValue -Cluster $cluster -Key $during.Key).Value | Should -BeExactly $during.Value
        $acknowledged.Add($during)
    }

    It 'heals to one leader with everything acknowledged' { Assert-Healed -Cluster $cluster -Scale $Scale -Pair $acknowledged }
}
