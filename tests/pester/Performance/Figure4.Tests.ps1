# Figure 4: throughput by the size of values. Large values cost throughput, and ours serves those of 1 MiB.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'where the published settings break down with 31 servers'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name ValueSizeThroughput @asked -Quick @{ Preset = 'Default'; ServerCount = 3 }
}

Describe 'ValueSizeThroughput' -Tag 'Performance', 'Cluster' {
    It 'serves values of 1 MiB without a failure under our settings' {
        $large = $rows | Where-Object { $_.Preset -eq 'Default' -and $_.ValueBytes -eq 1MB }
        [double] ($large | Where-Object Metric -EQ PutSucceeded)[0].Value | Should -BeGreaterThan 0
        foreach ($row in $large | Where-Object { $_.Metric -in 'PutFailed', 'PutUnknown' }) { [double] $row.Value | Should -Be 0 }
    }

    It 'does fewer puts of 1 MiB than of 1 KiB' {
        $points = @(Get-MedianBy -Row $rows -Metric PutThroughput -Column ValueBytes -Preset Default)
        $points[-1].Median | Should -BeLessThan $points[0].Median
    }

    It 'drops past 32 KiB under the published settings' -Tag 'Slow', 'Full' -Skip:$skipFull {
        $points = @(Get-MedianBy -Row $rows -Metric PutThroughput -Column ValueBytes -Preset Paper2019)
        ($points | Where-Object Key -EQ 512KB).Median | Should -BeLessThan (($points | Where-Object Key -EQ 1KB).Median / 2)
    }
}
