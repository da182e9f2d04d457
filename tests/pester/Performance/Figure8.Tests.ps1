# Figure 8: the width of the election timeout. Without any width the published rules split votes again and again; ours do not.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'the cliff at width zero with 31 servers'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name ElectionTimeout @asked -Quick @{ Preset = 'Default'; ServerCount = 3; RepetitionCount = 1 }
}

Describe 'ElectionTimeout' -Tag 'Performance', 'Cluster' {
    It 'is served again even where all timeouts are the same' {
        @($rows | Where-Object { $_.Metric -eq 'TimeToAcknowledgement' -and $_.Preset -eq 'Default' -and $_.Outcome -eq 'ok' }).Count | Should -Be 2
    }

    It 'costs at most twice the widest under our settings, and more than that under the published ones' -Tag 'Slow', 'Full' -Skip:$skipFull {
        $ours = @(Get-MedianBy -Row $rows -Metric TimeToAcknowledgement -Column ElectionTimeoutUpperMs -Preset Default)
        $paper = @(Get-MedianBy -Row $rows -Metric TimeToAcknowledgement -Column ElectionTimeoutUpperMs -Preset Paper2019)
        $ours[0].Median / $ours[-1].Median | Should -BeLessOrEqual 2
        $paper[0].Median / $paper[-1].Median | Should -BeGreaterThan 2
    }
}
