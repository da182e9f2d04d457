# Figure 9: re-election while leaders are killed down to a bare majority.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'a bare majority of 31 servers, with delays and without'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name ReElection @asked -Quick @{ Preset = 'Default'; ServerCount = 5 }
}

Describe 'ReElection' -Tag 'Performance', 'Cluster' {
    It 'elects a leader after every kill, down to a bare majority' {
        $leaders = @($rows | Where-Object { $_.Metric -eq 'TimeToLeader' -and $_.Preset -eq 'Default' })
        $majority = [math]::Floor([int] $leaders[0].ServerCount / 2) + 1
        @($leaders | Where-Object Outcome -NE 'ok').Count | Should -Be 0
        ($leaders | ForEach-Object { [int] $_.AliveCount } | Measure-Object -Minimum).Minimum | Should -Be $majority
    }

    It 'costs at most twice as much at 16 alive of 31 as at 30 under our settings, at every delay' -Tag 'Slow', 'Full' -Skip:$skipFull {
        $delayed = Invoke-SuiteExperiment -Name ReElectionUnderDelay -Scale $Scale -Preset Default
        foreach ($delay in $delayed.OneWayDelayMs | Select-Object -Unique) {
            $points = @(Get-MedianBy -Row ($delayed | Where-Object OneWayDelayMs -EQ $delay) -Metric TimeToLeader -Column AliveCount -Preset Default -Variation 'Candidates=Defer')
            $points[0].Median / $points[-1].Median | Should -BeLessOrEqual 2 -Because "$delay ms one way"
        }
    }
}
