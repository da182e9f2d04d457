# A server that was away for too long is sent a snapshot, in small parts over a slow network, and somebody is killed -9
# in the middle. A receiver begins again, with nothing half-done in use; a killed sender's successor goes on where it was.
# The published evaluation's log is never compacted, so this is for the default preset.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -Among Default)
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"

    # Stops a follower, writes, lets every other server compact its log at the same index, and starts the follower behind
    # a slow network: it can only catch up by a snapshot, and that takes seconds.
    function Start-Transfer($Cluster) {
        $leader = Get-RaftLeader -Cluster $Cluster
        $behind = @(Get-RaftServer -Cluster $Cluster | Where-Object Server -NE $leader.Server)[0]
        Stop-RaftServer -Cluster $Cluster -Server $behind.Server -Force -Confirm:$false
        $pairs = foreach ($number in 1..20) { $pair = New-RandomPair; $pair.Value = $pair.Value * 1600; $pair }
        foreach ($pair in $pairs) { Set-RaftValue -Cluster $Cluster -Key $pair.Key -Value $pair.Value }
        $others = @(1..$ServerCount | Where-Object { $_ -ne $behind.Server })
        Wait-Until { @((Get-RaftServer -Cluster $Cluster -Server $others).AppliedIndex | Select-Object -Unique).Count -eq 1 }
        Checkpoint-RaftServer -Cluster $Cluster -Server $others -Confirm:$false

        # A leader keeps the log for a while for a server that is a little behind.
        Wait-Until { @(Get-RaftServer -Cluster $Cluster -Server $others | Where-Object { $_.FirstIndex -le $_.SnapshotIndex }).Count -eq 0 }
        Set-RaftLink -Cluster $Cluster -From $behind.Server -DelayMs 30 -BothWays -WarningAction SilentlyContinue
        Start-RaftServer -Cluster $Cluster -Server $behind.Server
        @{ Leader = $leader; Behind = $behind; Pairs = $pairs; SnapshotIndex = (Get-RaftServer -Cluster $Cluster -Server $leader.Server).SnapshotIndex }
    }

    # The bytes that a server has received of an unfinished snapshot; -1 when there is none.
    function Get-ReceivedByte($Server) {
        $part = @(Get-ChildItem $Server.DataPath -Recurse -Filter *.snap.part -ErrorAction SilentlyContinue)
        if ($part.Count) { $part[0].Length } else { -1 }
    }

    function Assert-CaughtUp($Cluster, $Transfer) {
        Clear-RaftFault -Cluster $Cluster -Confirm:$false
        Wait-RaftCluster -Cluster $Cluster -For CaughtUp
        (Get-RaftServer -Cluster $Cluster -Server $Transfer.Behind.Server).SnapshotIndex | Should -BeGreaterOrEqual $Transfer.SnapshotIndex
        foreach ($pair in $Transfer.Pairs) {
            (Get-RaftValue -Cluster $Cluster -Key $pair.Key -Server $Transfer.Behind.Server).Value | Should -BeExactly $pair.Value
        }
        Wait-Until { @((Get-RaftServer -Cluster $Cluster).AppliedIndex | Select-Object -Unique).Count -eq 1 }
        @((Get-RaftServer -Cluster $Cluster).StateHash | Select-Object -Unique).Count | Should -Be 1
        Get-ReceivedByte $Transfer.Behind | Should -Be -1 -Because 'what is received and whole has its name, and nothing else stays'
        Test-RaftLog -Cluster $Cluster | Should -Not -Contain $false
    }
}

Describe 'A snapshot on its way between <ServerCount> servers' -Tag 'CI', 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -Option @{ SnapshotTrailingEntries = 0; SnapshotChunkBytes = 8192; SnapshotWindowBytes = 8192 }
        $rows = [System.Collections.Generic.List[object]]::new()
        $middle = 100KB
    }
    AfterEach { Clear-RaftFault -Cluster $cluster -Confirm:$false }
    AfterAll {
        Export-SuiteResult -Row $rows -Experiment 'snapshot-transfer' -Scale $Scale
        Stop-SuiteCluster -Cluster $cluster
    }

    It 'begins again when its receiver is killed in the middle' {
        $transfer = Start-Transfer $cluster
        Wait-Until -PaceMs 5 { (Get-ReceivedByte $transfer.Behind) -ge $middle }
        Stop-RaftServer -Cluster $cluster -Server $transfer.Behind.Server -Force -Confirm:$false
        $received = Get-ReceivedByte $transfer.Behind
        $received | Should -BeGreaterOrEqual $middle -Because 'it must have been killed in the middle'
        Set-RaftPartition -Cluster $cluster -Group $transfer.Behind.Server -WarningAction SilentlyContinue
        Start-RaftServer -Cluster $cluster -Server $transfer.Behind.Server
        Get-ReceivedByte $transfer.Behind | Should -Be -1 -Because 'a started server has nothing half-done, and alone it gets nothing'
        $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = 'received-before-receiver-killed'; Value = $received; Unit = 'B' })
        Assert-CaughtUp $cluster $transfer
    }

    It 'goes on from another server when its sender is killed in the middle' {
        $transfer = Start-Transfer $cluster
        Wait-Until -PaceMs 5 { (Get-ReceivedByte $transfer.Behind) -ge $middle }
        Stop-RaftServer -Cluster $cluster -Server $transfer.Leader.Server -Force -Confirm:$false
        $received = Get-ReceivedByte $transfer.Behind
        $received | Should -BeGreaterOrEqual $middle -Because 'it must have been killed in the middle'

        # The others hold the very same snapshot, so that what was received counts.
        $least = @{ Bytes = $received }
        Wait-Until -PaceMs 5 {
            $now = Get-ReceivedByte $transfer.Behind
            if ($now -ge 0) { $least.Bytes = [math]::Min($least.Bytes, $now) }
            $now -lt 0
        }
        $least.Bytes | Should -Be $received -Because 'a new leader goes on where the old one was'
        Start-RaftServer -Cluster $cluster -Server $transfer.Leader.Server
        $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = 'received-before-sender-killed'; Value = $received; Unit = 'B' })
        Assert-CaughtUp $cluster $transfer
    }
}
