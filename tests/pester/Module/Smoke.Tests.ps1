# The first ten minutes of a user: start a cluster, write, read, remove, look at it, break it, stop it.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"
}

Describe 'A cluster of three' -Tag 'CI', 'Cluster' {
    BeforeAll {
        $cluster = Start-RaftCluster -ServerCount 3
        $folder = Join-Path ([IO.Path]::GetTempPath()) "raftkv-smoke-$([guid]::NewGuid().ToString('n'))"
        $null = New-Item -ItemType Directory -Path $folder
    }
    AfterAll {
        if ($cluster) {
            Stop-RaftCluster -Cluster $cluster -Confirm:$false
            Get-RaftCluster | Where-Object ClusterId -EQ $cluster.ClusterId | Disconnect-RaftCluster
        }
        if ($folder) { Remove-Item -Path $folder -Recurse -Force }
    }

    It 'is returned with its leader elected' {
        $cluster.ServerCount | Should -Be 3
        (Get-RaftLeader).Name | Should -Match '^n[123]$'
    }

    It 'is the current cluster of this session' {
        (Get-RaftCluster).Name | Should -Contain $cluster.Name
        @(Get-RaftServer).Count | Should -Be 3
    }

    It 'keeps what was set' {
        Set-RaftValue smoke/color blue
        $pair = Get-RaftValue smoke/color
        $pair.Value | Should -BeExactly 'blue'
        $pair.Version | Should -Be 1
        $pair.Cluster.Name | Should -Be $cluster.Name
    }

    It 'returns the pair with its new version for -PassThru' {
        Set-RaftValue smoke/versions one
        (Set-RaftValue smoke/versions two -PassThru).Version | Should -Be 2
    }

    It 'writes on a condition only while it holds' {
        $first = Set-RaftValue smoke/once 'a' -IfVersion 0 -PassThru
        $first.Version | Should -Be 1
        Set-RaftValue smoke/once 'b' -IfVersion 0 -ErrorAction SilentlyContinue
        (Get-RaftValue smoke/once).Value | Should -BeExactly 'a'
    }

    It 'treats keys as data: case matters and wildcards are letters' {
        Set-RaftValue 'smoke/Case*' upper
        Set-RaftValue 'smoke/case*' lower
        (Get-RaftValue 'smoke/Case*').Value | Should -BeExactly 'upper'
    }

    It 'takes rows by property name and gives them back by prefix, in key order' {
        1..300 | ForEach-Object { [pscustomobject]@{ Key = 'smoke/row/{0:d3}' -f $_; Value = "v$_" } } | Set-RaftValue
        $rows = @(Get-RaftValue -Prefix smoke/row/)
        $rows.Count | Should -Be 300
        $rows[0].Key | Should -BeExactly 'smoke/row/001'
        $rows[299].Value | Should -BeExactly 'v300'
    }

    It 'keeps the order of writes to one key within a pipeline' {
        1..200 | ForEach-Object { [pscustomobject]@{ Key = 'smoke/order'; Value = "v$_" } } | Set-RaftValue
        $pair = Get-RaftValue smoke/order
        $pair.Value | Should -BeExactly 'v200'
        $pair.Version | Should -Be 200
    }

    It 'gives each object from the pipeline what a script block says of it' {
        $files = 'one', 'two', 'three' | ForEach-Object { Set-Content (Join-Path $folder "$_.part") $_ -NoNewline; Get-Item (Join-Path $folder "$_.part") }
        $files | Set-RaftValue -Key { "smoke/block/$($_.Name)" }
        (Get-RaftValue -Prefix smoke/block/).Key | Should -Be @('smoke/block/one.part', 'smoke/block/three.part', 'smoke/block/two.part')
        (Get-RaftValue smoke/block/two.part).Value | Should -BeExactly 'two'
        1..3 | Set-RaftValue -Key { "smoke/block/$_" } -Value { "value $_" } -Cluster $cluster
        (Get-RaftValue smoke/block/1, smoke/block/2, smoke/block/3).Value | Should -Be @('value 1', 'value 2', 'value 3')
        $pairs = 1..2 | ForEach-Object { [pscustomobject]@{ Where = $cluster; What = "smoke/block/$_" } }
        $pairs | Set-RaftValue -Key { $_.What } -Value { 'changed' } -Cluster { $_.Where }
        ($pairs | Get-RaftValue -Key { $_.What } -Cluster { $_.Where }).Value | Should -Be @('changed', 'changed')
        { [pscustomobject]@{ Where = $null } | Remove-RaftValue -Key { 'smoke/block/1' } -Cluster { $_.Where } -ErrorAction Stop } | Should -Throw
        (Get-RaftValue smoke/block/1).Value | Should -BeExactly 'changed'
        'one', 'two' | Remove-RaftValue -Key { "smoke/block/$_.part" }
        $pairs | Remove-RaftValue -Key { $_.What }
        (Get-RaftValue -Prefix smoke/block/).Key | Should -Be @('smoke/block/3', 'smoke/block/three.part')
    }

    It 'stops reading a prefix when the pipeline has enough' {
        @(Get-RaftValue -Prefix smoke/row/ | Select-Object -First 2).Count | Should -Be 2
    }

    It 'carries a file byte for byte' {
        $source = Join-Path $folder 'in.bin'
        $target = Join-Path $folder 'out.bin'
        [IO.File]::WriteAllBytes($source, [byte[]](0..255 + 195, 40, 0))
        Set-RaftValue smoke/file -Path $source
        Get-RaftValue smoke/file -OutFile $target
        [Convert]::ToBase64String([IO.File]::ReadAllBytes($target)) | Should -BeExactly ([Convert]::ToBase64String([IO.File]::ReadAllBytes($source)))
        (Get-RaftValue smoke/file).Value | Should -BeNullOrEmpty
    }

    It 'takes and gives empty values' {
        Set-RaftValue smoke/empty ''
        (Get-RaftValue smoke/empty).Value | Should -BeExactly ''
    }

    It 'forgets what was removed' {
        Set-RaftValue smoke/gone x
        Get-RaftValue smoke/gone | Remove-RaftValue
        Get-RaftValue smoke/gone -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'shows each server''s log with the write in it' {
        Set-RaftValue smoke/logged here
        Wait-RaftCluster -For CaughtUp
        $entries = @(Get-RaftLog | Where-Object Key -EQ 'smoke/logged')
        $entries.Count | Should -Be 3
        @($entries.Index | Select-Object -Unique).Count | Should -Be 1
        @(Get-RaftLog 1 -Last 2).Count | Should -Be 2
    }

    It 'gives the text log of a server' {
        @(Get-RaftServerLog 1 -Tail 1).Count | Should -Be 1
    }

    It 'finds servers by id, name, wildcard and object' {
        (Get-RaftServer 2).Name | Should -Be 'n2'
        (Get-RaftServer N2).Id | Should -Be 2
        @(Get-RaftServer n*).Count | Should -Be 3
        (Get-RaftServer n3 | Get-RaftServer).Id | Should -Be 3
        @($cluster | Get-RaftServer).Count | Should -Be 3
    }

    It 'reads from a server that is asked for' {
        Set-RaftValue smoke/everywhere yes
        (Get-RaftServer | Get-RaftValue -Key smoke/everywhere).Value | Should -Be @('yes', 'yes', 'yes')
    }

    It 'goes on after a server was stopped through the pipeline and started again' {
        Get-RaftLeader | Stop-RaftServer -Force
        Set-RaftValue smoke/after kill
        Get-RaftServer | Where-Object Fault -EQ 'stopped' | Start-RaftServer
        Wait-RaftCluster -For CaughtUp
        @(Get-RaftServer | Where-Object Fault -NE '').Count | Should -Be 0
        (Get-RaftValue smoke/after).Value | Should -Be 'kill'
    }

    It 'hands leadership to the server that is asked for' {
        $target = Get-RaftServer | Where-Object Role -NE 'Leader' | Select-Object -First 1
        ($target | Move-RaftLeader -PassThru).Name | Should -Be $target.Name
        (Get-RaftLeader).Name | Should -Be $target.Name
        Move-RaftLeader
        (Get-RaftLeader).Name | Should -Not -Be $target.Name
        { Move-RaftLeader n* -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,RaftKv.Commands.MoveRaftLeaderCommand'
    }

    It 'is cut and healed' {
        Set-RaftPartition 1
        (Get-RaftConnectivity | Where-Object Server -EQ 1).Blocked | Should -Be @(2, 3)
        Clear-RaftFault
        @(Get-RaftConnectivity | ForEach-Object Blocked).Count | Should -Be 0
    }

    It 'mutes a server and lets it speak again' {
        Disable-RaftServer n1
        (Get-RaftServer n1).Fault | Should -Be 'muted'
        Enable-RaftServer n1
        (Get-RaftServer n1).Fault | Should -BeNullOrEmpty
        Wait-RaftCluster -For CaughtUp
    }

    It 'measures and draws' {
        $csv = Join-Path $folder 'latency.csv'
        $png = Join-Path $folder 'latency.png'
        $measured = Measure-RaftLatency -Count 50 -OutputPath $csv
        $measured.Succeeded | Should -Be 50
        @(Import-Csv $csv | Where-Object Metric -EQ 'PutLatencyP50').Count | Should -Be 1
        (Export-RaftFigure $csv $png).Length | Should -BeGreaterThan 1000
        Wait-Until { (Measure-RaftThroughput -ClientCount 2 -DurationSec 0.5).Succeeded -gt 0 }
    }

    It 'is used beside a second cluster' {
        $second = Start-RaftCluster -ServerCount 1
        try {
            Set-RaftValue smoke/which second
            Set-RaftValue smoke/which first -Cluster $cluster
            (Get-RaftValue smoke/which).Value | Should -Be 'second'
            (Get-RaftValue smoke/which -Cluster $cluster.Name).Value | Should -Be 'first'
        }
        finally { Stop-RaftCluster -Cluster $second }
        (Get-RaftValue smoke/which).Value | Should -Be 'first'
    }

    It 'is reached by the addresses of its servers alone, to read and to write' {
        $endpoints = @((Get-RaftServer).Endpoint)
        Disconnect-RaftCluster $cluster
        $found = Connect-RaftCluster -Endpoint $endpoints -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        $found.ClusterId | Should -Be $cluster.ClusterId
        Set-RaftValue smoke/address yes
        (Get-RaftValue smoke/address).Value | Should -Be 'yes'
        Disconnect-RaftCluster $found
        $null = Connect-RaftCluster -Endpoint $endpoints[0], 'http://127.0.0.1:1' -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count | Should -Be 2
        "$warnings" | Should -Match 'server 2, 3'
        Disconnect-RaftCluster
        { Connect-RaftCluster -Endpoint 'http://127.0.0.1:1' -ErrorAction Stop } |
            Should -Throw -ErrorId 'ServerUnreachable,RaftKv.Commands.ConnectRaftClusterCommand'
        { Connect-RaftCluster -Endpoint 'n1' -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidArgument,RaftKv.Commands.ConnectRaftClusterCommand'
        $null = Connect-RaftCluster -Path $cluster.Path
    }

    It 'is watched, a line for each look' {
        $lines = @(Watch-RaftCluster -IntervalSec 0.05 | Select-Object -First 3)
        $lines.Count | Should -Be 3
        $lines[0] | Should -Match ' leads in term \d+: n1 .*, n2 .*, n3 '
    }

    It 'is reached from another session by its file' {
        Disconnect-RaftCluster $cluster
        $cluster = Connect-RaftCluster -Path $cluster.Path
        (Get-RaftValue smoke/color).Value | Should -Be 'blue'
        (Connect-RaftCluster $cluster.Name).ClusterId | Should -Be $cluster.ClusterId
    }
}

Describe 'A stopped cluster' -Tag 'CI', 'Cluster' {
    It 'leaves no process and no temporary data behind' {
        $cluster = Start-RaftCluster -ServerCount 3
        $processes = @((Get-RaftServer).ProcessId)
        $processes.Count | Should -Be 3

        # What connects by an address takes nothing away from the session that started the cluster.
        $null = Connect-RaftCluster -Endpoint (Get-RaftLeader).Endpoint -WarningAction SilentlyContinue
        @((Get-RaftServer -Cluster $cluster).Name) | Should -Be @('n1', 'n2', 'n3')
        @(Get-RaftServer -Cluster $cluster.Name).Count | Should -Be 3
        Stop-RaftCluster $cluster
        foreach ($process in $processes) {
            { [Diagnostics.Process]::GetProcessById($process) } | Should -Throw
        }
        Test-Path $cluster.DataPath | Should -BeFalse
        @(Get-RaftCluster -All | Where-Object ClusterId -EQ $cluster.ClusterId).Count | Should -Be 0
    }

    It 'keeps data that was given a path, until it is removed' {
        $path = Join-Path ([IO.Path]::GetTempPath()) "raftkv-data-$([guid]::NewGuid().ToString('n'))"
        $name = "kept-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
        $null = Start-RaftCluster -ServerCount 1 -Name $name -DataPath $path
        Set-RaftValue kept yes
        (Get-RaftCluster -All | Where-Object Name -EQ $name).State | Should -Be 'Running'
        Stop-RaftCluster
        Test-Path $path | Should -BeTrue
        (Get-RaftCluster -All | Where-Object Name -EQ $name).State | Should -Be 'Stopped'
        $null = Start-RaftCluster -ServerCount 1 -Name $name -DataPath $path
        (Get-RaftValue kept).Value | Should -Be 'yes'
        Remove-RaftCluster -Confirm:$false
        Test-Path $path | Should -BeFalse
    }
}
