# Figure 2: the latency of one client. Under the published settings a put waits for the next heartbeat; ours does not.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    # A cluster that is given has one preset, and its rows alone are no comparison.
    $skipPaper = $ClusterPath -or ($Preset -and 'Paper2019' -notin $Preset)
    $skipBoth = $skipPaper -or ($Preset -and 'Default' -notin $Preset)
    $skipFull = Get-FullSkip -Scale $Scale -What 'how flat the latency is in the number of servers'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name Latency @asked -Quick @{ ServerCount = 3; RepetitionCount = 1 }
}

Describe 'Latency' -Tag 'Performance', 'Cluster' {
    It 'takes one heartbeat interval under the published settings' -Skip:$skipPaper {
        $points = @(Get-MedianBy -Row $rows -Metric PutLatencyMean -Column ServerCount -Preset Paper2019)
        $points.Count | Should -BeGreaterThan 0
        foreach ($point in $points) {
            $point.Median / 400 | Should -BeGreaterThan 0.9
            $point.Median / 400 | Should -BeLessThan 1.3
        }
    }

    It 'is at least ten times shorter under ours' -Skip:$skipBoth {
        $paper = @(Get-MedianBy -Row $rows -Metric PutLatencyMean -Column ServerCount -Preset Paper2019)
        $ours = @(Get-MedianBy -Row $rows -Metric PutLatencyMean -Column ServerCount -Preset Default)
        $ours.Count | Should -BeGreaterThan 0
        $paper[0].Median / $ours[0].Median | Should -BeGreaterThan 10
    }

    It 'is flat in the number of servers under the published settings' -Tag 'Slow', 'Full' -Skip:$skipFull {
        Get-Spread (Get-MedianBy -Row $rows -Metric PutLatencyMean -Column ServerCount -Preset Paper2019) | Should -BeLessOrEqual 1.5
    }
}
