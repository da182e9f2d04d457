# Figure 5: latency by the size of values. It grows with the size, and no put of ours fails.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'how the latency grows with 31 servers'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name ValueSizeLatency @asked -Quick @{ Preset = 'Default'; ServerCount = 3 }
}

Describe 'ValueSizeLatency' -Tag 'Performance', 'Cluster' {
    It 'grows with the size' {
        $points = @(Get-MedianBy -Row $rows -Metric PutLatencyMean -Column ValueBytes -Preset Default)
        $points[-1].Median | Should -BeGreaterThan $points[0].Median
    }

    It 'grows by at most a tenth up to 16 KiB under the published settings' -Tag 'Slow', 'Full' -Skip:$skipFull {
        $points = @(Get-MedianBy -Row $rows -Metric PutLatencyMean -Column ValueBytes -Preset Paper2019 | Where-Object Key -LE 16KB)
        Get-Spread $points | Should -BeLessOrEqual 1.1
    }
}
