# A stopped cluster whose data was kept comes back as it was, and what stands in the way of a start is named.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"

    # Runs a call with all its errors, however they come.
    function Get-Failure([scriptblock] $Call) {
        $ErrorActionPreference = 'Continue'
        try { & $Call 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } } catch { $_ }
    }
}

Describe 'A stopped cluster' -Tag 'CI', 'Cluster' {
    BeforeEach {
        $name = "kept-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
        $path = Join-Path $TestDrive $name
        $first = Start-RaftCluster $name -ServerCount 3 -DataPath $path -Option @{ MaxSessions = 77; ElectionTimeoutUpperMs = 1200 }
        Set-RaftValue k first
        $endpoints = $first.Endpoint
        Stop-RaftCluster
    }
    AfterEach { Remove-RaftCluster $name -Confirm:$false }

    It 'comes back by its name alone' {
        $again = Start-RaftCluster $name -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $again.ServerCount | Should -Be 3
        $again.ClusterId | Should -BeExactly $first.ClusterId
        $again.Endpoint | Should -Be $endpoints
        $again.Endpoint[1].Port | Should -Be $endpoints[1].Port
        $again.Endpoint[1].Port | Should -BeGreaterThan 0
        $again.DataPath | Should -BeExactly $path
        $again.Option.MaxSessions | Should -Be 77
        $again.Option.ElectionTimeoutUpperMs | Should -Be 1200
        (Get-RaftValue k).Value | Should -BeExactly 'first'
    }

    It 'is changed by what the caller says, which is told, and by nothing else' {
        $again = Start-RaftCluster $name -Option @{ MaxSessions = 99 } -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match 'MaxSessions 99 \(was 77\)'
        "$warnings" | Should -Not -Match 'ElectionTimeoutUpperMs'
        $again.Option.MaxSessions | Should -Be 99
        $again.Option.ElectionTimeoutUpperMs | Should -Be 1200
        Stop-RaftCluster
        (Start-RaftCluster $name).Option.MaxSessions | Should -Be 99
    }

    It 'is not started with another storage, and says how it can be' {
        $failure = @(Get-Failure { Start-RaftCluster $name -Preset Paper2019 })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.StartRaftClusterCommand'
        $failure.Exception.Message | Should -Match "'Wal'"
        $failure.Exception.Message | Should -Match "'Json'"
        $failure.Exception.Message | Should -Match "Start-RaftCluster $name"
        $null = Start-RaftCluster $name
        (Get-RaftValue k).Value | Should -BeExactly 'first'
    }

    It 'is not started without the port of a server, unless that may have another' {
        $port = $endpoints[1].Port
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, $port)
        $listener.Start()
        try {
            $failure = @(Get-Failure { Start-RaftCluster $name })[0]
            $failure.FullyQualifiedErrorId | Should -BeExactly 'PortInUse,RaftKv.Commands.StartRaftClusterCommand'
            $failure.Exception.Message | Should -Match "$port of server n2"
            $again = Start-RaftCluster $name -NewPort -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -Match "n2 listens on port $($again.Endpoint[1].Port) now"
            (Get-RaftValue k -Server n2).Value | Should -BeExactly 'first'
        }
        finally { $listener.Stop() }
    }

    It 'is not started where its data is not, which names where it was kept, and nothing is left there' {
        $elsewhere = New-Item -ItemType Directory (Join-Path $TestDrive 'elsewhere') -Force
        $failure = @(Get-Failure { Start-RaftCluster $name -DataPath $elsewhere })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'DataDirectoryMissing,RaftKv.Commands.StartRaftClusterCommand'
        $failure.Exception.Message | Should -Match "kept in '$([regex]::Escape($path))'"
        $failure.Exception.Message | Should -Match "'Start-RaftCluster $name' without -DataPath"
        Get-ChildItem $elsewhere | Should -BeNullOrEmpty
    }

    It 'is not connected to, and says how it is started' {
        foreach ($call in { Connect-RaftCluster $name }, { Connect-RaftCluster -Path $first.Path }) {
            $failure = @(Get-Failure $call)[0]
            $failure.FullyQualifiedErrorId | Should -BeExactly 'ClusterStopped,RaftKv.Commands.ConnectRaftClusterCommand'
            $failure.Exception.Message | Should -Match "'Start-RaftCluster $name' starts it again"
        }
        @(Get-RaftCluster).Name | Should -Not -Contain $name
        $null = Start-RaftCluster $name
        Get-RaftServer | Stop-RaftServer -Force
        # Its agent can start them: a session may connect for just that.
        (Connect-RaftCluster $name -WarningVariable warnings).Name | Should -BeExactly $name
        $warnings | Should -BeNullOrEmpty
    }

    It 'is not removed by a name that differs in its capital letters' {
        $failure = @(Get-Failure { Remove-RaftCluster $name.ToUpperInvariant() -Confirm:$false })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'NoCluster,RaftKv.Commands.RemoveRaftClusterCommand'
        $failure.Exception.Message | Should -Match "'$name'"
        Join-Path $path n1 | Should -Exist
    }

    It 'is not deleted by a copy of its file, which is a second name for its data' {
        $file = (Get-RaftCluster -All $name).Path
        $copied = "$name-copy"
        $copy = Join-Path (Split-Path (Split-Path $file)) $copied cluster.json
        $null = New-Item (Split-Path $copy) -ItemType Directory
        try {
            (Get-Content $file -Raw).Replace("`"$name`"", "`"$copied`"") | Set-Content $copy
            @(Get-RaftCluster -All).Name | Should -Contain $name
            @(Get-RaftCluster -All).Name | Should -Contain $copied
            $failure = @(Get-Failure { Remove-RaftCluster $copied -Confirm:$false })[0]
            $failure.Exception.Message | Should -Match ([regex]::Escape($file))
            Join-Path $path n1 | Should -Exist
        }
        finally { Remove-Item (Split-Path $copy) -Recurse }
        $null = Start-RaftCluster $name
        (Get-RaftValue k).Value | Should -BeExactly 'first'
    }

    It 'acknowledges nothing once the directories of its servers are deleted' {
        $null = Start-RaftCluster $name
        Remove-Item (Join-Path $path n*) -Recurse -Force
        Get-Failure { Set-RaftValue k second } | Should -Not -BeNullOrEmpty
        Wait-Until { @(Get-RaftServer).Fault -notcontains '' } -Because 'a server without a directory serves'
    }

    It 'leaves nothing when it is removed, nor of a member that was removed before' {
        $null = Start-RaftCluster $name
        $new = Add-RaftMember -Learner
        $new | Remove-RaftMember -Confirm:$false
        Join-Path $path $new.Name | Should -Exist
        Remove-RaftCluster $name -Confirm:$false
        $path | Should -Not -Exist
        @(Get-RaftCluster -All).Name | Should -Not -Contain $name
        $null = Start-RaftCluster $name -ServerCount 1 -DataPath $path
    }
}

Describe 'A data directory that is gone' -Tag 'CI', 'Cluster' -Skip:$IsWindows {
    BeforeAll {
        $cluster = Start-RaftCluster -ServerCount 3 -DataPath (Join-Path $TestDrive 'gone')
        Set-RaftValue k v
        $follower = @(Get-RaftServer | Where-Object Role -EQ 'Follower')[0]
        # What it still has to write would end it: its log must have nothing open when its directory goes.
        Wait-RaftCluster -For CaughtUp
        Wait-Until { $now = Get-RaftServer $follower.Id; $now.DurableIndex -eq $now.LastIndex }
        Rename-Item $follower.DataPath "$($follower.DataPath).away"
    }
    AfterAll {
        Rename-Item "$($follower.DataPath).away" $follower.DataPath
        Remove-RaftCluster $cluster.Name -Confirm:$false
    }

    It 'is what a snapshot of its server fails for' {
        foreach ($call in { $follower | Checkpoint-RaftServer }, { $follower | Checkpoint-RaftServer -Path (Join-Path $TestDrive 'gone.raftbackup') }) {
            $failure = @(Get-Failure $call)[0]
            $failure.FullyQualifiedErrorId | Should -BeExactly 'DataDirectoryMissing,RaftKv.Commands.CheckpointRaftServerCommand'
            $failure.Exception.Message | Should -Match "$([regex]::Escape($follower.DataPath)) of this server is gone"
            $failure.Exception.Message | Should -Not -Match '-Surviving'
        }
    }

    It 'is what is wrong with the log in it, whatever looks' {
        $follower | Test-RaftLog -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeFalse
        $said = @("$warnings") + @(Get-Failure { $follower | Get-RaftLog -FromDisk }).Exception.Message
        $said.Count | Should -Be 2
        foreach ($text in $said) {
            $text | Should -Match "There is no directory $([regex]::Escape($follower.DataPath))"
            $text | Should -Not -Match 'raftkv-node init'
        }
    }
}

Describe 'Folders that cannot be used' -Tag 'CI', 'Cluster' {
    BeforeDiscovery {
        $canBeAnother = $IsLinux -and [Environment]::UserName -eq 'root' -and @((Get-Command unshare, setpriv, ip -CommandType Application -ErrorAction SilentlyContinue).Name | Select-Object -Unique).Count -eq 3
    }

    BeforeAll {
        . "$PSScriptRoot/../Shared/Shell.ps1"
        $file = Join-Path $TestDrive 'file'
        Set-Content $file x
        $missing = Join-Path $TestDrive 'missing'
    }

    It 'names the home and the variable that chooses another' {
        $before = $env:RAFTKV_HOME
        $env:RAFTKV_HOME = $file
        try {
            $failure = @(Get-Failure { Start-RaftCluster -ServerCount 1 })[0]
            $failure.FullyQualifiedErrorId | Should -BeExactly 'FileInvalid,RaftKv.Commands.StartRaftClusterCommand'
            $failure.Exception.Message | Should -Match 'RAFTKV_HOME'
            $failure.Exception.Message | Should -Match ([regex]::Escape($file))
        }
        finally { $env:RAFTKV_HOME = $before }
    }

    It 'are not needed by a user who has neither a home nor a name' -Skip:(-not $canBeAnother) {
        # As in a container that runs under a number alone; in a network of its own, so that no port of another cluster is in its way.
        $folder = [IO.Directory]::CreateTempSubdirectory('raftkv-nameless-').FullName
        $null = chmod 1777 $folder
        try {
            $shell = Get-ShellCommand
            $module = Split-Path (Get-Module RaftKv).Path
            $command = "Import-Module '$module'; try { `$null = Start-RaftCluster -ServerCount 1 -ErrorAction Stop; Set-RaftValue k v; 'works' } catch { 'error: ' + `$_ }"
            $said = unshare -n sh -c 'ip link set lo up; exec "$@"' sh setpriv --reuid 12345 --regid 12345 --clear-groups env -u RAFTKV_HOME -u XDG_DATA_HOME -u USER -u LOGNAME -u HOME "TMPDIR=$folder" $shell.Program @($shell.First) -NoProfile -NonInteractive -Command $command 2>&1 | Out-String
            $said | Should -Match 'works|RAFTKV_HOME'
        }
        finally { Remove-Item $folder -Recurse -Force }
    }

    It 'names the temporary directory that is <What>' -ForEach @(@{ What = 'missing' }, @{ What = 'a file' }) -Skip:$IsWindows {
        $before = $env:TMPDIR
        $env:TMPDIR = $What -eq 'missing' ? $missing : $file
        try {
            $failure = @(Get-Failure { Start-RaftCluster -ServerCount 1 })[0]
            $failure.Exception.Message | Should -Match ([regex]::Escape($env:TMPDIR))
            $failure.Exception.Message | Should -Match 'TMPDIR'
        }
        finally { $env:TMPDIR = $before }
    }

    It 'says that the prompt stands where no files are' {
        Push-Location Env:
        try {
            foreach ($call in { Start-RaftCluster -ServerCount 1 -DataPath data }, { Connect-RaftCluster -Path cluster.json }, { Export-RaftFigure -Path a.csv -OutputPath a.png }) {
                $failure = @(Get-Failure $call)[0]
                $failure.FullyQualifiedErrorId | Should -Match '^InvalidArgument,'
                $failure.Exception.Message | Should -Match 'Set-Location'
            }
        }
        finally { Pop-Location }
    }
}
