# Each row of the table of errors that can be reached, by its id; and the session goes on after each.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"

    # Runs a call that must fail and returns its first error record, whether it ended the command or not.
    function Get-Failure([scriptblock] $Call) {
        $ErrorActionPreference = 'Continue'
        $failure = $null
        try { $null = & $Call -ErrorVariable failures 2>&1 | ForEach-Object { if ($_ -is [System.Management.Automation.ErrorRecord] -and -not $failure) { $failure = $_ } } }
        catch { $failure = $_ }
        $failure
    }
}

Describe 'Without a cluster' -Tag 'CI' {
    It 'says NoCluster' {
        # Asked in a session of its own: this one may know clusters.
        $module = (Get-Module RaftKv).Path
        $id = 1 | ForEach-Object -Parallel { Import-Module $using:module; try { Get-RaftServer -ErrorAction Stop } catch { $_.FullyQualifiedErrorId } }
        $id | Should -BeExactly 'NoCluster,RaftKv.Commands.GetRaftServerCommand'
    }

    It 'says NoCluster for a name that no one knows' {
        (Get-Failure { Get-RaftValue k -Cluster missing }).FullyQualifiedErrorId | Should -BeExactly 'NoCluster,RaftKv.Commands.GetRaftValueCommand'
        (Get-Failure { Connect-RaftCluster "nobody-$PID" }).FullyQualifiedErrorId | Should -BeExactly 'NoCluster,RaftKv.Commands.ConnectRaftClusterCommand'
        (Get-Failure { Get-RaftCluster missing }).CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'says OptionInvalid with every fault, and starts nothing' {
        $failure = Get-Failure { Start-RaftCluster -Option @{ Bogus = 1; PreVote = 'maybe' } }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'OptionInvalid,RaftKv.Commands.StartRaftClusterCommand'
        $failure.Exception.Message | Should -Match 'Bogus'
        $failure.Exception.Message | Should -Match 'PreVote'
    }

    It 'says ClusterFileInvalid for a file that is none' {
        $file = Join-Path ([IO.Path]::GetTempPath()) "raftkv-$([guid]::NewGuid().ToString('n')).json"
        Set-Content -Path $file -Value '{ "Name": "" }'
        try { (Get-Failure { Connect-RaftCluster -Path $file }).FullyQualifiedErrorId | Should -BeExactly 'ClusterFileInvalid,RaftKv.Commands.ConnectRaftClusterCommand' }
        finally { Remove-Item -Path $file }
    }

    It 'says FileInvalid and ResultFileInvalid for files that cannot be drawn' {
        $csv = Join-Path $TestDrive 'no-result.csv'
        (Get-Failure { Export-RaftFigure $csv (Join-Path $TestDrive 'a.png') }).FullyQualifiedErrorId | Should -BeExactly 'FileInvalid,RaftKv.Commands.ExportRaftFigureCommand'
        Set-Content -Path $csv -Value 'Column', 'cell'
        (Get-Failure { Export-RaftFigure $csv (Join-Path $TestDrive 'a.png') }).FullyQualifiedErrorId | Should -BeExactly 'ResultFileInvalid,RaftKv.Commands.ExportRaftFigureCommand'
    }

    It 'says ExperimentNotFound with those that there are' {
        $failure = Get-Failure { Invoke-RaftExperiment Alchemy }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'ExperimentNotFound,RaftKv.Commands.InvokeRaftExperimentCommand'
        $failure.Exception.Message | Should -Match 'Latency'
    }

    It 'says ServerStartFailed for a node that does not start' {
        $failure = Get-Failure { Start-RaftCluster -ServerCount 1 -NodePath (Join-Path ([IO.Path]::GetTempPath()) 'no-such-node') }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'ServerStartFailed,RaftKv.Commands.StartRaftClusterCommand'
        $failure.CategoryInfo.Category | Should -Be 'OpenError'
    }

    It 'takes the node that RAFTKV_NODE names, not the one beside the module' {
        $before = $env:RAFTKV_NODE
        $env:RAFTKV_NODE = Join-Path ([IO.Path]::GetTempPath()) 'no-such-node'
        try { (Get-Failure { Start-RaftCluster -ServerCount 1 }).Exception.Message | Should -BeLike "*$env:RAFTKV_NODE*" }
        finally { $env:RAFTKV_NODE = $before }
    }
}

Describe 'With a cluster' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll {
        $cluster = Start-RaftCluster -ServerCount 3 -Option @{ MaxValueBytes = 65536 }
        Set-RaftValue errors/known value
    }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }
    AfterEach {
        # The session goes on: the next ordinary command works.
        (Get-RaftValue errors/known).Value | Should -Be 'value'
    }

    It 'says KeyNotFound, and goes on with the next key' {
        $found = Get-RaftValue errors/missing, errors/known -ErrorVariable failures -ErrorAction SilentlyContinue
        $found.Key | Should -Be 'errors/known'
        $failures[0].FullyQualifiedErrorId | Should -BeExactly 'KeyNotFound,RaftKv.Commands.GetRaftValueCommand'
        $failures[0].TargetObject | Should -BeExactly 'errors/missing'
        $failure = Get-Failure { Remove-RaftValue errors/missing }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'KeyNotFound,RaftKv.Commands.RemoveRaftValueCommand'
        $failure.TargetObject | Should -BeExactly 'errors/missing'
        $failure.Exception.Message | Should -Match "'errors/missing'"
    }

    It 'says VersionMismatch with the actual version' {
        $failure = Get-Failure { Set-RaftValue errors/known other -IfVersion 7 }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'VersionMismatch,RaftKv.Commands.SetRaftValueCommand'
        $failure.CategoryInfo.Category | Should -Be 'WriteError'
        $failure.TargetObject.Version | Should -Be 1
    }

    It 'says KeyTooLarge and ValueTooLarge with the limit' {
        $failure = Get-Failure { Set-RaftValue ('k' * 5000) v }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'KeyTooLarge,RaftKv.Commands.SetRaftValueCommand'
        $failure.Exception.Limit | Should -Be 4096
        $failure = Get-Failure { Set-RaftValue errors/large ('v' * 70000) }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'ValueTooLarge,RaftKv.Commands.SetRaftValueCommand'
        $failure.CategoryInfo.Category | Should -Be 'LimitsExceeded'
        $failure.Exception.Limit | Should -Be 65536
    }

    It 'says ValueInvalid for what is neither text nor bytes' {
        $failure = Get-Failure { Set-RaftValue errors/object @{ a = 1 } }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'ValueInvalid,RaftKv.Commands.SetRaftValueCommand'
        $failure.Exception.Message | Should -Match 'ConvertTo-Json'
    }

    It 'refuses an empty key as PowerShell does' {
        { Get-RaftValue '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,RaftKv.Commands.GetRaftValueCommand'
        { Set-RaftValue '' v } | Should -Throw -ErrorId 'ParameterArgumentValidationError,RaftKv.Commands.SetRaftValueCommand'
    }

    It 'makes no writes of single bytes from the pipeline' {
        $failures = @([byte[]](1, 2, 3) | Set-RaftValue -Key errors/bytes 2>&1)
        $failures.Count | Should -Be 3
        Get-RaftValue errors/bytes -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'says ServerNotFound, and goes on with the next server' {
        $found = @(Get-RaftServer n9, n1 -ErrorVariable failures -ErrorAction SilentlyContinue)
        $found.Name | Should -Be 'n1'
        $failures[0].FullyQualifiedErrorId | Should -BeExactly 'ServerNotFound,RaftKv.Commands.GetRaftServerCommand'
    }

    It 'says PartitionInvalid and changes nothing' {
        (Get-Failure { Set-RaftPartition @(1, 2), @(2, 3) }).FullyQualifiedErrorId | Should -BeExactly 'PartitionInvalid,RaftKv.Commands.SetRaftPartitionCommand'
        (Get-Failure { Set-RaftPartition 1, 9 }).FullyQualifiedErrorId | Should -BeExactly 'PartitionInvalid,RaftKv.Commands.SetRaftPartitionCommand'
        @(Get-RaftConnectivity | ForEach-Object Blocked).Count | Should -Be 0
    }

    It 'says ChaosRunning while a monkey is at work' {
        $null = Start-RaftChaos 30 -Fault Partition
        try { (Get-Failure { Start-RaftChaos 1 }).FullyQualifiedErrorId | Should -BeExactly 'ChaosRunning,RaftKv.Commands.StartRaftChaosCommand' }
        finally {
            $null = Stop-RaftChaos
            Clear-RaftFault
            Wait-RaftCluster -For Ready
        }
    }

    It 'says WrongCluster to who takes it for another, and AccessDenied to who has no right to break it' {
        $text = Get-Content -Raw $cluster.Path
        foreach ($case in @(
                @{ Property = 'clusterId'; Id = 'WrongCluster,RaftKv.Commands.GetRaftValueCommand'; Call = { Get-RaftValue errors/known -Cluster $other } }
                @{ Property = 'chaosToken'; Id = 'AccessDenied,RaftKv.Commands.ClearRaftFaultCommand'; Call = { Clear-RaftFault -Cluster $other } })) {
            $spec = $text | ConvertFrom-Json
            $spec.name = 'forged'
            $spec.clusterId = [guid]::NewGuid().ToString('n')
            if ($case.Property -ne 'clusterId') {
                $spec.clusterId = $cluster.ClusterId
                $spec.chaosToken = 'guessed'
            }
            $file = Join-Path $TestDrive "$($case.Property).json"
            $spec | ConvertTo-Json -Depth 9 | Set-Content $file
            Disconnect-RaftCluster $cluster
            $other = Connect-RaftCluster -Path $file
            try { (Get-Failure $case.Call).FullyQualifiedErrorId | Should -BeExactly $case.Id }
            finally {
                Disconnect-RaftCluster $other
                $null = Connect-RaftCluster -Path $cluster.Path
            }
        }
    }

    It 'says PortInUse with the port when another program took it' {
        $follower = @(Get-RaftServer | Where-Object Role -EQ 'Follower')[0]
        $follower | Stop-RaftServer -Force
        $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, $follower.Endpoint.Port)
        $listener.Start()
        try {
            $failure = Get-Failure { $follower | Start-RaftServer }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'PortInUse,RaftKv.Commands.StartRaftServerCommand'
            $failure.Exception.Message | Should -Match $follower.Endpoint.Port
        }
        finally {
            $listener.Stop()
            $follower | Start-RaftServer
            Wait-RaftCluster -For Ready
        }
    }

    It 'says ServerUnreachable for the log of a stopped server' {
        $follower = @(Get-RaftServer | Where-Object Role -EQ 'Follower')[0]
        $follower | Stop-RaftServer -Force
        try { (Get-Failure { Get-RaftLog $follower.Id }).FullyQualifiedErrorId | Should -BeExactly 'ServerUnreachable,RaftKv.Commands.GetRaftLogCommand' }
        finally {
            $follower | Start-RaftServer
            Wait-RaftCluster -For Ready
        }
    }

    It 'says WaitTimeout and what is missing on which server' {
        $follower = @(Get-RaftServer | Where-Object Role -EQ 'Follower')[0]
        $follower | Stop-RaftServer -Force
        try {
            $failure = Get-Failure { Wait-RaftCluster -For Ready -TimeoutSec 0.2 }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'WaitTimeout,RaftKv.Commands.WaitRaftClusterCommand'
            $failure.CategoryInfo.Category | Should -Be 'OperationTimeout'
            $failure.Exception.Message | Should -Match "$($follower.Name) is stopped"
        }
        finally {
            $follower | Start-RaftServer
            Wait-RaftCluster -For Ready
        }
    }

    It 'says NoLeader when no one can lead, and that nothing was written' {
        Get-RaftServer | Stop-RaftServer -Force
        try {
            (Get-Failure { Get-RaftLeader }).FullyQualifiedErrorId | Should -BeExactly 'NoLeader,RaftKv.Commands.GetRaftLeaderCommand'
            (Get-Failure { Set-RaftValue errors/nobody x -TimeoutSec 0.5 }).FullyQualifiedErrorId | Should -BeExactly 'NoLeader,RaftKv.Commands.SetRaftValueCommand'
        }
        finally {
            Get-RaftServer | Start-RaftServer
            Wait-RaftCluster -For Leader
        }
    }
}

Describe 'With a leader that waits long for its followers' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll { $cluster = Start-RaftCluster -ServerCount 3 -Option @{ ElectionTimeoutLowerMs = 3000; ElectionTimeoutUpperMs = 6000 } }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }

    It 'says WriteOutcomeUnknown when a leader took the write and lost its followers' {
        # The session of this deadline is opened first: a write that could not even open one was certainly not sent.
        Wait-Until { Set-RaftValue errors/unknown before -TimeoutSec 2 -ErrorAction SilentlyContinue; $? }
        $said = @{}
        # A leader without followers steps down, on a slow machine before the write is there: then it is tried again.
        Wait-Until {
            $leader = Get-RaftLeader
            Get-RaftServer | Where-Object Id -NE $leader.Id | Suspend-RaftServer
            $said.Failure = Get-Failure { Set-RaftValue errors/unknown x -TimeoutSec 2 }
            Get-RaftServer | Where-Object Fault -EQ 'paused' | Resume-RaftServer
            Wait-RaftCluster -For Ready
            $said.Failure.FullyQualifiedErrorId -notmatch '^NoLeader,'
        }
        $said.Failure.FullyQualifiedErrorId | Should -BeExactly 'WriteOutcomeUnknown,RaftKv.Commands.SetRaftValueCommand'
        $said.Failure.CategoryInfo.Category | Should -Be 'OperationTimeout'
    }
}

Describe 'With a cluster that is not to be broken' -Tag 'CI', 'Cluster', 'Chaos' {
    It 'says ChaosDisabled' {
        $cluster = Start-RaftCluster -ServerCount 1 -Chaos:$false
        try {
            $failure = Get-Failure { Clear-RaftFault }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'ChaosDisabled,RaftKv.Commands.ClearRaftFaultCommand'
            $failure.CategoryInfo.Category | Should -Be 'NotEnabled'
        }
        finally { Stop-RaftCluster -Cluster $cluster }
    }
}

Describe 'With a data directory in use' -Tag 'CI', 'Cluster' {
    It 'says DataDirectoryInUse and leaves the first cluster alone' {
        $path = Join-Path ([IO.Path]::GetTempPath()) "raftkv-data-$([guid]::NewGuid().ToString('n'))"
        $first = Start-RaftCluster -ServerCount 1 -DataPath $path
        try {
            $failure = Get-Failure { Start-RaftCluster -ServerCount 1 -DataPath $path }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'DataDirectoryInUse,RaftKv.Commands.StartRaftClusterCommand'
            $failure.CategoryInfo.Category | Should -Be 'ResourceBusy'
            Set-RaftValue still here -Cluster $first
        }
        finally { Remove-RaftCluster -Cluster $first -Confirm:$false }
    }
}

Describe 'With a stopped cluster whose data is gone' -Tag 'CI', 'Cluster' {
    It 'says DataDirectoryMissing and starts nothing' {
        $path = Join-Path ([IO.Path]::GetTempPath()) "raftkv-data-$([guid]::NewGuid().ToString('n'))"
        $cluster = Start-RaftCluster -Name gone -ServerCount 3 -DataPath $path
        try {
            Stop-RaftCluster
            Remove-Item -LiteralPath (Join-Path $path n2) -Recurse
            $failure = Get-Failure { Start-RaftCluster -Name gone -ServerCount 3 }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'DataDirectoryMissing,RaftKv.Commands.StartRaftClusterCommand'
            $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            Join-Path $path n1 log | Should -Exist
        }
        finally { Remove-RaftCluster -Cluster gone -Confirm:$false }
    }
}

Describe 'With several clusters and none chosen' -Tag 'CI', 'Cluster' {
    It 'says ClusterAmbiguous and lists them' {
        $clusters = @(foreach ($number in 1..3) { Start-RaftCluster -ServerCount 1 })
        try {
            Stop-RaftCluster
            $failure = Get-Failure { Get-RaftServer }
            $failure.FullyQualifiedErrorId | Should -BeExactly 'ClusterAmbiguous,RaftKv.Commands.GetRaftServerCommand'
            $failure.Exception.Message | Should -Match $clusters[0].Name
        }
        finally { Get-RaftCluster | Stop-RaftCluster }
    }
}
