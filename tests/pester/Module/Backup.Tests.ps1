# A backup is one file of which a new cluster is made; without a majority the best copy that is left, with the loss stated.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"

    # Runs a call with all its errors, however they come.
    function Get-Failure([scriptblock] $Call) {
        $ErrorActionPreference = 'Continue'
        try { & $Call 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } } catch { $_ }
    }
}

Describe 'A backup' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll {
        $cluster = Start-RaftCluster -ServerCount 3 -Option @{ MaxSessions = 77 }
        1..100 | ForEach-Object { [pscustomobject]@{ Key = "backup/$_"; Value = "value $_" } } | Set-RaftValue
        Set-RaftValue backup/1 again
        $file = Join-Path $TestDrive 'whole.raftbackup'
        $backup = Backup-RaftCluster $file -Cluster $cluster
    }
    AfterAll { Get-RaftCluster | Stop-RaftCluster -Confirm:$false }

    It 'says whose it is and how far it reaches' {
        $backup.ClusterId | Should -BeExactly $cluster.ClusterId
        $backup.Index | Should -BeGreaterOrEqual 101
        $backup.Term | Should -BeGreaterThan 0
        $backup.IsComplete | Should -BeTrue
        $backup.Length | Should -Be (Get-Item $file).Length
    }

    It 'becomes a cluster with other servers and another id, and all values with their versions' {
        $restored = $backup | Restore-RaftCluster -ServerCount 5
        try {
            $restored.ClusterId | Should -Not -Be $cluster.ClusterId
            $restored.Option['MaxSessions'] | Should -Be 77
            @(Get-RaftValue -Prefix backup/ -Cluster $restored).Count | Should -Be 100
            (Get-RaftValue backup/1 -Cluster $restored).Version | Should -Be 2
            (Set-RaftValue backup/1 here -Cluster $restored -PassThru).Version | Should -Be 3
            Wait-RaftCluster -For CaughtUp -Cluster $restored
            @(Get-RaftServer -Cluster $restored | Select-Object -ExpandProperty StateHash -Unique).Count | Should -Be 1
            (Get-RaftValue backup/1 -Cluster $cluster).Value | Should -BeExactly 'again'
            # It goes on like any cluster: a server is lost and comes back, another one is added.
            Get-RaftLeader -Cluster $restored | Stop-RaftServer -Force
            Set-RaftValue backup/2 'without a leader' -Cluster $restored
            Get-RaftServer -Cluster $restored | Where-Object Fault -EQ 'stopped' | Start-RaftServer
            $null = Add-RaftMember -Cluster $restored
            Wait-RaftCluster -For CaughtUp -Cluster $restored
            @(Get-RaftServer -Cluster $restored | Select-Object -ExpandProperty KeyCount -Unique) | Should -Be 100
        }
        finally { Stop-RaftCluster $restored -Confirm:$false }
    }

    It 'is refused when a byte of it is another, or its end is missing, and nothing is made' {
        $bytes = [IO.File]::ReadAllBytes($file)
        $before = @(Get-RaftCluster).Name
        foreach ($name in 'cut', 'changed') {
            $damaged = Join-Path $TestDrive "$name.raftbackup"
            $copy = $bytes.Clone()
            if ($name -eq 'changed') { $copy[$copy.Length - 100] = $copy[$copy.Length - 100] -bxor 1 }
            else { $copy = $copy[0..($copy.Length - 200)] }
            [IO.File]::WriteAllBytes($damaged, $copy)
            $failure = @(Get-Failure { Restore-RaftCluster $damaged -DataPath (Join-Path $TestDrive 'nothing') })[0]
            $failure.FullyQualifiedErrorId | Should -BeExactly 'BackupInvalid,RaftKv.Commands.RestoreRaftClusterCommand'
            $failure.Exception.Message | Should -Match ([regex]::Escape($damaged))
        }
        @(Get-RaftCluster).Name | Should -Be $before
        Join-Path $TestDrive 'nothing' | Should -Not -Exist
    }

    It 'replaces no file unless told' {
        (Get-Failure { Backup-RaftCluster $file -Cluster $cluster }).FullyQualifiedErrorId | Should -BeExactly 'FileInvalid,RaftKv.Commands.BackupRaftClusterCommand'
        (Backup-RaftCluster $file -Cluster $cluster -Force).Index | Should -BeGreaterOrEqual $backup.Index
    }

    It 'of one server holds what that server has, also without a majority' {
        $follower = @(Get-RaftServer -Cluster $cluster | Where-Object Role -EQ 'Follower')[0]
        Get-RaftServer -Cluster $cluster | Where-Object Id -NE $follower.Id | Stop-RaftServer -Force
        $one = $follower | Checkpoint-RaftServer -Path (Join-Path $TestDrive 'one.raftbackup')
        $one.ServerName | Should -BeExactly $follower.Name
        $one.IsComplete | Should -BeFalse
        $failure = @(Get-Failure { Backup-RaftCluster (Join-Path $TestDrive 'none.raftbackup') -Cluster $cluster })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'NoLeader,RaftKv.Commands.BackupRaftClusterCommand'
        $failure.Exception.Message | Should -Match '-Surviving'
        $restored = $one | Restore-RaftCluster -ServerCount 1
        @(Get-RaftValue -Prefix backup/ -Cluster $restored).Count | Should -Be 100
        Stop-RaftCluster $restored -Confirm:$false
    }
}

Describe 'A cluster that lost a majority of its disks' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll { $name = "lost-$([guid]::NewGuid().ToString('n').Substring(0, 8))" }
    AfterAll {
        Get-RaftCluster | Stop-RaftCluster -Confirm:$false
        Remove-RaftCluster $name -Confirm:$false -ErrorAction Ignore
    }

    It 'goes on as a new one from the best copy that is left, with the loss stated' {
        $data = Join-Path $TestDrive 'data'
        $null = Start-RaftCluster $name -ServerCount 3 -DataPath $data
        1..20 | ForEach-Object { [pscustomobject]@{ Key = "lost/$_"; Value = 'early' } } | Set-RaftValue
        # n3 misses what comes then: it is not the best copy.
        Stop-RaftServer n3
        1..20 | ForEach-Object { [pscustomobject]@{ Key = "lost/$_"; Value = 'late' } } | Set-RaftValue
        Stop-RaftCluster $name
        Remove-Item (Join-Path $data 'n1') -Recurse -Force

        # A majority of two copies is left: what was acknowledged is in the better one.
        $whole = Backup-RaftCluster (Join-Path $TestDrive 'two.raftbackup') -Surviving -Cluster $name -WarningAction SilentlyContinue
        $whole.ServerName | Should -BeExactly 'n2'
        "$($whole.Loss)" | Should -Match 'no acknowledged write is lost'

        Rename-Item (Join-Path $data 'n2') 'elsewhere'
        $failure = @(Get-Failure { Start-RaftCluster $name -ServerCount 3 })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'DataDirectoryMissing,RaftKv.Commands.StartRaftClusterCommand'
        $failure.Exception.Message | Should -Match 'Backup-RaftCluster .*-Surviving'
        $failure.Exception.Message | Should -Match 'Restore-RaftCluster'
        $before = Get-ChildItem $data -Recurse -File | Get-FileHash
        $last = Backup-RaftCluster (Join-Path $TestDrive 'last.raftbackup') -Surviving -Cluster $name -WarningVariable warnings -WarningAction SilentlyContinue
        $last.ServerName | Should -BeExactly 'n3'
        "$warnings" | Should -Match "after entry $($last.Index) is lost"
        (Get-ChildItem $data -Recurse -File | Get-FileHash).Hash | Should -Be $before.Hash

        $restored = $last | Restore-RaftCluster
        (Get-RaftValue -Prefix lost/ -Cluster $restored | Select-Object -ExpandProperty Value -Unique) | Should -BeExactly 'early'
        $better = $whole | Restore-RaftCluster
        (Get-RaftValue -Prefix lost/ -Cluster $better | Select-Object -ExpandProperty Value -Unique) | Should -BeExactly 'late'
    }

    It 'says so where no copy is left' {
        Remove-Item (Join-Path $TestDrive 'data') -Recurse -Force
        $failure = @(Get-Failure { Backup-RaftCluster (Join-Path $TestDrive 'no.raftbackup') -Surviving -Cluster $name })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'DataDirectoryMissing,RaftKv.Commands.BackupRaftClusterCommand'
        $failure.Exception.Message | Should -Match 'n1: There is no directory .*n2: There is no directory .*n3: There is no directory '
        $failure.Exception.Message | Should -Not -Match 'raftkv-node init'
    }
}

Describe 'A cluster that keeps its log as JSON' -Tag 'CI', 'Cluster' {
    AfterAll { Get-RaftCluster | Stop-RaftCluster -Confirm:$false }

    It 'is copied from its files, and restored with another log' {
        $null = Start-RaftCluster -ServerCount 3 -Preset Paper2019
        Set-RaftValue json yes
        @(Get-Failure { Backup-RaftCluster (Join-Path $TestDrive 'json.raftbackup') })[0].Exception.Message | Should -Match '-Surviving'
        $saved = Backup-RaftCluster (Join-Path $TestDrive 'json.raftbackup') -Surviving -WarningAction SilentlyContinue
        (Get-Failure { $saved | Restore-RaftCluster }).FullyQualifiedErrorId | Should -BeExactly 'OptionInvalid,RaftKv.Commands.RestoreRaftClusterCommand'
        $null = $saved | Restore-RaftCluster -Option @{ Storage = 'Wal' }
        (Get-RaftValue json).Value | Should -BeExactly 'yes'
    }
}
