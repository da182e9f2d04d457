# Figure 6: until clients are served again after the leader alone was cut off. A follower is not missed.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'how flat it is in the number of servers'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name LeaderCutOff @asked -Quick @{ Preset = 'Default'; ServerCount = 3; RepetitionCount = 1 }
}

Describe 'LeaderCutOff' -Tag 'Performance', 'Cluster' {
    It 'is served again every time, sooner where only a follower is cut off' {
        @($rows | Where-Object Outcome -NE 'ok').Count | Should -Be 0
        foreach ($name in $rows.Preset | Select-Object -Unique) {
            $of = $rows | Where-Object { $_.Metric -eq 'TimeToAcknowledgement' -and $_.Preset -eq $name }
            Get-Median ($of | Where-Object Options -Like 'Fault=FollowerCutOff*') | Should -BeLessThan (Get-Median ($of | Where-Object Options -Like 'Fault=LeaderCutOff*'))
        }
    }

    It 'is flat in the number of servers' -Tag 'Slow', 'Full' -Skip:$skipFull {
        foreach ($name in $rows.Preset | Select-Object -Unique) {
            Get-Spread (Get-MedianBy -Row $rows -Metric TimeToAcknowledgement -Column ServerCount -Preset $name -Variation 'Fault=LeaderCutOff') | Should -BeLessOrEqual 1.5 -Because $name
        }
    }
}
