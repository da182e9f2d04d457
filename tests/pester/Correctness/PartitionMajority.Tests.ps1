# One majority and one minority, with the old leader on either side (published evaluation, 4.1.1). Claims to lead are
# counted for each group: under the default preset a leader in the minority steps down, under the published rules it
# goes on claiming.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = foreach ($case in Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale) {
        foreach ($place in 'majority', 'minority') { @{ ServerCount = $case.ServerCount; Preset = $case.Preset; Place = $place } }
    }
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"
    . "$PSScriptRoot/../Shared/Suite.ps1"
}

Describe 'Leader in the <Place> of <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $before = New-RandomPair
        $null = Set-RaftValue -Cluster $cluster -Key $before.Key -Value $before.Value
        $old = Get-RaftLeader -Cluster $cluster
        $others = @((Get-RaftServer -Cluster $cluster).Server | Where-Object { $_ -ne $old.Server })
        $minoritySize = [math]::Floor(($ServerCount - 1) / 2)
        if ($Place -eq 'minority') {
            $minority = @($old.Server) + @($others | Select-Object -First ($minoritySize - 1))
        }
        else {
            $minority = @($others | Select-Object -First $minoritySize)
        }
        $majority = @(@($old.Server) + $others | Where-Object { $_ -notin $minority })
        Set-RaftPartition -Cluster $cluster -Group $majority, $minority -Confirm:$false
        $minorityClaims = if ($Place -eq 'minority' -and $Preset -eq 'Paper2019') { 1 } else { 0 }
    }
    AfterAll { Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath }

    It 'shows the cut in the connectivity of every server' {
        $cut = @(Get-RaftConnectivity -Cluster $cluster | ForEach-Object Blocked)
        $cut.Count | Should -Be (2 * $majority.Count * $minority.Count)
    }

    It 'has one leader in the majority' {
        Measure-LeaderClaim -Cluster $cluster -Server $majority -Expected 1 | Should -Be 1
    }

    It 'has the claims in the minority that the preset allows' {
        Measure-LeaderClaim -Cluster $cluster -Server $minority -Expected $minorityClaims | Should -Be $minorityClaims
    }

    It 'never shows two leaders of one term' {
        $terms = @((Get-RaftLeader -Cluster $cluster -All).Term)
        @($terms | Select-Object -Unique).Count | Should -Be $terms.Count
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

        $all = @((Get-RaftServer -Cluster $cluster).Server)
        Measure-LeaderClaim -Cluster $cluster -Server $all -Expected 1 | Should -Be 1
        (Get-RaftValue -Cluster $cluster -Key $before.Key).Value | Should -BeExactly $before.Value
        foreach ($server in $all) {
            (Get-RaftValue -Cluster $cluster -Key $last.Key -Server $server).Value | Should -BeExactly $last.Value
        }
    }
}
