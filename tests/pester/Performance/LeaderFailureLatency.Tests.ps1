# The first put after the leader was killed waits for an election, and under the published settings for a heartbeat too.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Shape.ps1"
    $skipFull = Get-FullSkip -Scale $Scale -What 'how much later the first put is than any other'
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Performance.ps1"
    $rows = Invoke-SuiteExperiment -Name LeaderFailureLatency @asked -Quick @{ Preset = 'Default'; ServerCount = 3; RepetitionCount = 2 }
}

Describe 'LeaderFailureLatency' -Tag 'Performance', 'Cluster' {
    It 'is served again every time, and not before a leader is there' {
        @($rows | Where-Object Outcome -NE 'ok').Count | Should -Be 0
        foreach ($name in $rows.Preset | Select-Object -Unique) {
            Get-Median ($rows | Where-Object { $_.Metric -eq 'TimeToAcknowledgement' -and $_.Preset -eq $name }) |
                Should -BeGreaterThan (Get-Median ($rows | Where-Object { $_.Metric -eq 'TimeToLeader' -and $_.Preset -eq $name }))
        }
    }

    It 'is later under the published settings, by at most one heartbeat and a half' -Tag 'Slow', 'Full' -Skip:$skipFull {
        foreach ($servers in $rows.ServerCount | Select-Object -Unique) {
            $of = $rows | Where-Object { $_.ServerCount -eq $servers -and $_.Preset -eq 'Paper2019' }
            $acknowledged = Get-Median ($of | Where-Object Metric -EQ TimeToAcknowledgement)
            $elected = Get-Median ($of | Where-Object Metric -EQ TimeToLeader)
            ($acknowledged - $elected) / 400 | Should -BeLessOrEqual 1.5
        }
    }
}
