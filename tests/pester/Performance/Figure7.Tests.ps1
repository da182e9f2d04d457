# Figure 7: until clients are served again after partitions heal that left no majority anywhere.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'how flat it is in the number of servers'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name MinorityPartitions @asked -Quick @{ Preset = 'Default'; ServerCount = 3; RepetitionCount = 1 }
}

Describe 'MinorityPartitions' -Tag 'Performance', 'Cluster' {
    It 'is served again every time' {
        @($rows | Where-Object Metric -EQ TimeToAcknowledgement).Count | Should -BeGreaterThan 0
        @($rows | Where-Object Outcome -NE 'ok').Count | Should -Be 0
    }

    It 'is flat in the number of servers' -Tag 'Slow', 'Full' -Skip:$skipFull {
        foreach ($name in $rows.Preset | Select-Object -Unique) {
            Get-Spread (Get-MedianBy -Row $rows -Metric TimeToAcknowledgement -Column ServerCount -Preset $name) | Should -BeLessOrEqual 1.5 -Because $name
        }
    }
}
