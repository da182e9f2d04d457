# A monkey's schedule that was kept in a file is run again: the same deeds at the same servers in the same order, and
# those of an edited file as they stand there.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    if (-not $ServerCount) { $ServerCount = 3 }
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath -Among Default)
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"

    $processFaults = 'Kill', 'Pause', 'Restart'
    $networkFaults = 'Partition', 'Lossy', 'Slow'

    # What was done of one sort, in order: faults of processes and of the network run side by side. Whom a step hits that
    # goes for the leader depends on the moment.
    function Get-DeedText($Step, $Sort) {
        foreach ($one in $Step | Where-Object { "$($_.Fault)" -in $Sort }) {
            $one.Error | Should -BeNullOrEmpty -Because $one.Row
            "$($one.Number) $($one.Row) hit $(if ($one.Leader) { 'the leader' } else { $one.Hit -join ' ' })"
        }
    }
}

Describe 'A schedule of <ServerCount> servers that was kept' -Tag 'CI', 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $path = Join-Path $TestDrive 'schedule.csv'
    }
    AfterAll {
        if ($cluster) { $null = Stop-RaftChaos -Cluster $cluster -Confirm:$false }
        Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath
    }

    It 'is done again, deed for deed' {
        $drawn = Start-RaftChaos -Cluster $cluster -Seed 7 -DurationSec 4 -Fault Kill, Pause, Partition, Slow -OutputPath $path
        $first = Stop-RaftChaos -Cluster $cluster -Wait -Confirm:$false
        $again = Start-RaftChaos -Cluster $cluster -SchedulePath $path
        $second = Stop-RaftChaos -Cluster $cluster -Wait -Confirm:$false

        $again.Schedule.Row | Should -Be $drawn.Schedule.Row
        $again.Seed | Should -Be $drawn.Seed
        # A slow machine leaves out what would begin after the end; each kind comes once before.
        foreach ($sort in $processFaults, $networkFaults) {
            $before = @(Get-DeedText $first $sort)
            $after = @(Get-DeedText $second $sort)
            $count = [math]::Min($before.Count, $after.Count)
            $count | Should -BeGreaterThan 1 -Because 'both kinds of the sort come'
            $after[0..($count - 1)] | Should -Be $before[0..($count - 1)]
        }
    }

    It 'is done as it stands in the file, after editing too' {
        Set-Content $path @'
Number,AtMs,LastsMs,Fault,Leader,Servers,Strength,Seed
1,100,200,Lossy,False,2,0.25,7
2,400,100,Restart,False,3,0,7
3,500,200,Partition,False,1,0,7
4,900,100,Slow,False,1 3,20,7
'@
        $chaos = Start-RaftChaos -Cluster $cluster -SchedulePath $path
        $chaos.Schedule.Count | Should -Be 4
        $steps = Stop-RaftChaos -Cluster $cluster -Wait -Confirm:$false
        Get-DeedText $steps $processFaults | Should -Be '2 0.4 s: Restart n3 for 0.1 s hit 3'
        Get-DeedText $steps $networkFaults | Should -Be @(
            '1 0.1 s: Lossy n2 losing 0.25 for 0.2 s hit 2'
            '3 0.5 s: Partition n1 for 0.2 s hit 1'
            '4 0.9 s: Slow n1,n3 by 20 ms for 0.1 s hit 1 3')
    }

    It 'is refused when it names a server that the cluster does not have' {
        Set-Content $path "Number,AtMs,LastsMs,Fault,Leader,Servers,Strength,Seed`n1,0,100,Kill,False,99,0,7"
        { Start-RaftChaos -Cluster $cluster -SchedulePath $path } | Should -Throw -ErrorId 'FileInvalid,RaftKv.Commands.StartRaftChaosCommand'
    }

    It 'leaves the cluster whole' {
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        @(Get-RaftConnectivity -Cluster $cluster | ForEach-Object Setting).Count | Should -Be 0
    }
}
