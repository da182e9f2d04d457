# Figure 3: throughput while a server is killed. A follower is not missed; without its leader a cluster pauses and goes on.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'what is left of the throughput with every number of clients'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name LeaderFailureThroughput @asked -Quick @{ Preset = 'Default'; ServerCount = 3; ClientCount = 10 }
}

Describe 'LeaderFailureThroughput' -Tag 'Performance', 'Cluster' {
    It 'goes on within the measured time, whichever server is killed' {
        foreach ($fault in 'LeaderKilled', 'FollowerKilled') {
            Get-Median ($rows | Where-Object { $_.Metric -eq 'PutThroughput' -and $_.Options -like "Fault=$fault*" }) | Should -BeGreaterThan 0 -Because $fault
        }
    }

    It 'loses less by a follower than by the leader' -Tag 'Slow', 'Full' -Skip:$skipFull {
        foreach ($name in $rows.Preset | Select-Object -Unique) {
            $leader = (Get-MedianBy -Row $rows -Metric PutThroughput -Column ClientCount -Preset $name -Variation 'Fault=LeaderKilled' | Measure-Object Median -Sum).Sum
            $follower = (Get-MedianBy -Row $rows -Metric PutThroughput -Column ClientCount -Preset $name -Variation 'Fault=FollowerKilled' | Measure-Object Median -Sum).Sum
            $leader | Should -BeLessThan $follower -Because $name
        }
    }
}
