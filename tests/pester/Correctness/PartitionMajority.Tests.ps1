# One majority and one minority, with the old leader on either side (published evaluation, 4.1.1). Claims to lead are
# counted for each group: under the default preset a leader in the minority steps down, under the published rules it
# goes on claiming.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = foreach ($case in Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale) {
        foreach ($place in 'Majority', 'Minority') { $case + @{ Place = $place } }
    }
}

BeforeAll { . "$PSScriptRoot/../Shared/Head.ps1" }

Describe 'Leader in the <Place> of <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $before = New-RandomPair
        $null = Set-RaftValue -Cluster $cluster -Key $before.Key -Value $before.Value
        $old = Get-RaftLeader -Cluster $cluster
        $plan = New-RaftPartition -Cluster $cluster Majority -LeaderIn $Place
        $groups = @($plan.Group | Sort-Object { $_.Count } -Descending)
        $plan | Set-RaftPartition -Confirm:$false
        $claims = if ($Place -eq 'Minority' -and $Preset -eq 'Paper2019') { 1, 1 } else { 1, 0 }
    }
    AfterAll { Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath }

    It 'shows the cut in the connectivity of every server' {
        $cut = @(Get-RaftConnectivity -Cluster $cluster | ForEach-Object Blocked)
        $cut.Count | Should -Be (2 * $groups[0].Count * $groups[1].Count)
    }

    It 'has one leader in the majority, and in the minority the claims that the preset allows' {
        $counted = @(Measure-LeaderClaim -Cluster $cluster -Group $groups -Expected $claims)
        $rows = foreach ($number in 0, 1) {
            New-SuiteRow -ServerCount $ServerCount -Preset $Preset -AliveCount $groups[$number].Count -Metric "claims-leader-in-$Place" -Value $counted[$number] -Unit 'count' -Seed $plan.Seed
        }
        Export-SuiteResult -Row $rows -Experiment 'partition-majority' -Scale $Scale
        $counted | Should -Be $claims
    }

    It 'serves writes through the majority' {
        $during = New-RandomPair
        $null = Set-RaftValue -Cluster $cluster -Key $during.Key -Value $during.Value
        (Get-RaftValue -Cluster $cluster -Key $during.Key).Value | Should -BeExactly $during.Value
    }

    It 'heals to one leader with everything acknowledged' {
        $last = New-RandomPair
        $null = Set-RaftValue -Cluster $cluster -Key $last.Key -Value $last.Value
        Clear-RaftFault -Cluster $cluster -Confirm:$false
        Wait-RaftCluster -Cluster $cluster -For CaughtUp -TimeoutSec 30

        $all = @(1..$ServerCount)
        Wait-Until { @(Get-RaftLeader -Cluster $cluster -All).Count -eq 1 }
        (Get-RaftValue -Cluster $cluster -Key $before.Key).Value | Should -BeExactly $before.Value
        foreach ($server in $all) {
            (Get-RaftValue -Cluster $cluster -Key $last.Key -Server $server).Value | Should -BeExactly $last.Value
        }
    }
}
