# Figure 1: puts of more and more clients. Under the published settings their number grows linearly up to 100 clients.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'how linear the throughput of each number of servers is'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name Concurrency @asked -Quick @{ Preset = 'Paper2019'; ServerCount = 3; ClientCount = 1, 20 }
}

Describe 'Concurrency' -Tag 'Performance', 'Cluster' {
    It 'lets twenty clients do about twenty times what one does, where replication waits for heartbeats' -Skip:($Scale -eq 'Full') {
        $points = @(Get-MedianBy -Row $rows -Metric PutThroughput -Column ClientCount -Preset Paper2019)
        $points[1].Median / $points[0].Median | Should -BeGreaterThan 10
        $points[1].Median / $points[0].Median | Should -BeLessThan 30
    }

    It 'is linear up to 100 clients at each number of servers, and ours is never below it' -Tag 'Slow', 'Full' -Skip:$skipFull {
        foreach ($servers in $rows.ServerCount | Select-Object -Unique) {
            $paper = @(Get-MedianBy -Row ($rows | Where-Object ServerCount -EQ $servers) -Metric PutThroughput -Column ClientCount -Preset Paper2019)
            $ours = @(Get-MedianBy -Row ($rows | Where-Object ServerCount -EQ $servers) -Metric PutThroughput -Column ClientCount -Preset Default)
            Get-Fit ($paper | Where-Object Key -LE 100) | Should -BeGreaterOrEqual 0.95 -Because "$servers servers"
            for ($i = 0; $i -lt $paper.Count; $i++) { $ours[$i].Median | Should -BeGreaterThan $paper[$i].Median }
        }
    }
}
