# What does not work says what is wrong with what the caller gave, and how to go on.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"
    . "$PSScriptRoot/../Shared/Shell.ps1"
    $module = (Get-Module RaftKv).Path | Split-Path

    # Runs a call with all its errors, however they come.
    function Get-Failure([scriptblock] $Call) {
        $ErrorActionPreference = 'Continue'
        try { & $Call 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } } catch { $_ }
    }

    # A name that no cluster of another test has.
    function New-Name { "out-$([guid]::NewGuid().ToString('n').Substring(0, 8))" }
}

Describe 'A name that is no cluster' -Tag 'CI', 'Cluster' {
    BeforeAll {
        $name = New-Name
        $cluster = Start-RaftCluster $name -ServerCount 1 -DataPath (Join-Path $TestDrive $name)
    }
    AfterAll { Remove-RaftCluster $name -Confirm:$false }

    It 'is told with those that there are: <Call>' -ForEach @(
        @{ Call = 'Stop-RaftCluster nope' }, @{ Call = 'Remove-RaftCluster nope -Confirm:$false' }, @{ Call = 'Connect-RaftCluster nope' }, @{ Call = 'Get-RaftServer -Cluster nope' }) {
        $failure = @(Get-Failure ([scriptblock]::Create($Call)))[0]
        $failure.FullyQualifiedErrorId | Should -Match '^NoCluster,'
        $failure.Exception.Message | Should -Match "There is no cluster 'nope'"
        $failure.Exception.Message | Should -Match $name
        $failure.Exception.Message | Should -Match 'Get-RaftCluster -All'
    }

    It 'is told how to come to one that this session is not connected to' {
        Disconnect-RaftCluster $cluster
        try { @(Get-Failure { Stop-RaftCluster $name })[0].Exception.Message | Should -Match "Connect-RaftCluster $name" }
        finally { $null = Connect-RaftCluster $name }
        Stop-RaftCluster $name
        @(Get-Failure { Get-RaftValue k -Cluster $name })[0].Exception.Message | Should -Match "Start-RaftCluster $name"
        $null = Start-RaftCluster $name
    }

    It 'is listed once, however the session came to it' {
        $null = Connect-RaftCluster -Path $cluster.Path
        $null = Connect-RaftCluster -Path (Split-Path $cluster.Path)
        $null = Connect-RaftCluster $name.ToUpperInvariant()
        @(Get-RaftCluster $name).Count | Should -Be 1
        @(Get-RaftCluster $name -All).Count | Should -Be 1
    }

    It 'may not be that of a device' {
        $failure = @(Get-Failure { Start-RaftCluster con -ServerCount 1 })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.StartRaftClusterCommand'
        $failure.Exception.Message | Should -Match 'device'
    }
}

Describe 'A directory where a file is needed' -Tag 'CI', 'Cluster' {
    BeforeAll { $cluster = Start-RaftCluster -ServerCount 1 }
    AfterAll { Stop-RaftCluster -Cluster $cluster }

    It 'is told as one: <Call>' -ForEach @(
        @{ Call = 'Set-RaftValue k -Path $TestDrive' }, @{ Call = 'Restore-RaftCluster $TestDrive' }, @{ Call = 'Backup-RaftCluster $TestDrive' }
        @{ Call = 'Test-RaftLinearizability $TestDrive' }) {
        @(Get-Failure ([scriptblock]::Create($Call)))[0].Exception.Message | Should -Match 'is a directory'
    }

    It 'is told where the data cannot lie' -Skip:(-not $IsLinux) {
        $failure = @(Get-Failure { Start-RaftCluster -ServerCount 1 -DataPath /proc/foo })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'FileInvalid,RaftKv.Commands.StartRaftClusterCommand'
        $failure.Exception.Message | Should -Match "'/proc/foo'"
        $failure.Exception.Message | Should -Match '-DataPath'
    }
}

Describe 'An empty key in a CSV' -Tag 'CI', 'Cluster' {
    BeforeAll { $cluster = Start-RaftCluster -ServerCount 1 }
    AfterAll { Stop-RaftCluster -Cluster $cluster }

    It 'is named with its row, and the other rows are set' {
        $csv = Join-Path $TestDrive 'kv.csv'
        Set-Content $csv 'Key,Value', 'a,1', ',2', 'c,3'
        $failure = @(Get-Failure { Import-Csv $csv | Set-RaftValue })
        $failure.Count | Should -Be 1
        $failure[0].FullyQualifiedErrorId | Should -BeExactly 'KeyInvalid,RaftKv.Commands.SetRaftValueCommand'
        $failure[0].Exception.Message | Should -Match 'row 2, on line 3'
        @(Get-RaftValue -Prefix '').Key | Should -Be 'a', 'c'
    }
}

Describe 'A text log that is gone' -Tag 'CI', 'Cluster' {
    It 'is named, and the logs of the other servers come' {
        $cluster = Start-RaftCluster -ServerCount 2
        try {
            $path = (Get-RaftServer n1).LogPath
            Stop-RaftServer n1 -Confirm:$false
            Remove-Item $path
            $lines = Get-RaftServerLog -ErrorVariable failures -ErrorAction SilentlyContinue
            $lines.Count | Should -BeGreaterThan 0
            $failures[0].Exception.Message | Should -Match ([regex]::Escape($path))
        }
        finally { Stop-RaftCluster -Cluster $cluster }
    }
}

Describe 'A server whose data was lost' -Tag 'CI', 'Cluster' {
    It 'is left out with a warning, and comes back with its folder' {
        $name = New-Name
        $path = Join-Path $TestDrive $name
        $null = Start-RaftCluster $name -ServerCount 3 -DataPath $path
        try {
            Set-RaftValue k v
            Stop-RaftCluster
            Rename-Item (Join-Path $path n2) away
            @(Get-Failure { Start-RaftCluster $name })[0].Exception.Message | Should -Match "Start-RaftCluster $name -SkipMissing"
            $null = Start-RaftCluster $name -SkipMissing -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -Match 'without n2'
            @(Get-Failure { Start-RaftServer n2 })[0].Exception.Message | Should -Match 'Put its own directory back'
            Rename-Item (Join-Path $path away) n2
            (Start-RaftServer n2 -PassThru).Name | Should -Be 'n2'
            (Get-RaftValue k -Server n2).Value | Should -BeExactly 'v'
        }
        finally { Remove-RaftCluster $name -Confirm:$false }
    }
}

Describe 'A session that is killed while it starts a cluster' -Tag 'CI', 'Cluster' {
    It 'leaves nothing that the next start or removal does not clear away: <Way>' -ForEach @{ Way = 'Start' }, @{ Way = 'Remove' } {
        $name = New-Name
        $path = Join-Path $TestDrive $name
        $script = "$TestDrive/$name.ps1"
        Set-Content $script "Import-Module '$module'; `$null = Start-RaftCluster '$name' -ServerCount 5 -DataPath '$path' -Detached"
        $shell = Get-ShellCommand
        $owner = Start-Process $shell.Program -ArgumentList ($shell.First + @('-NoProfile', '-File', $script)) -PassThru
        try { Wait-Until { Test-Path (Join-Path $path n1/identity.json) } }
        finally { Stop-Process -Id $owner.Id -Force }
        $owner.WaitForExit()
        # On a machine where the kill came too late the cluster is one as any other.
        if ($Way -eq 'Remove' -or (Get-RaftCluster -All -WarningAction SilentlyContinue).Name -contains $name) {
            Remove-RaftCluster $name -Confirm:$false
            $path | Should -Not -Exist
        }
        $null = Start-RaftCluster $name -ServerCount 1 -DataPath $path -WarningAction SilentlyContinue
        Set-RaftValue k v
        Remove-RaftCluster $name -Confirm:$false
        $path | Should -Not -Exist
    }
}
