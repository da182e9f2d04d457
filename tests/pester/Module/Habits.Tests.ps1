# What people do with a pipeline, with values and with servers costs them no data and tells them no untruth.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"

    # Runs a call with all its errors, however they come.
    function Get-Failure([scriptblock] $Call) {
        $ErrorActionPreference = 'Continue'
        try { & $Call 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } } catch { $_ }
    }

    # The module's own client, for keys that no cmdlet would write.
    function Set-RawKey($Cluster, [byte[]] $Key, [string] $Value) {
        $any = [System.Reflection.BindingFlags] 'Instance, Public, NonPublic'
        $session = $Cluster.GetType().GetProperty('Session', $any).GetValue($Cluster)
        $client = $session.GetType().GetMethod('KeyValue', $any).Invoke($session, @([timespan]::FromSeconds(10)))
        $put = $client.GetType().GetMethod('PutAsync')
        $condition = [Activator]::CreateInstance($put.GetParameters()[2].ParameterType)
        $bytes = [System.Text.Encoding]::UTF8.GetBytes($Value)
        $null = $put.Invoke($client, @([ReadOnlyMemory[byte]]::new($Key), [ReadOnlyMemory[byte]]::new($bytes), $condition, [System.Threading.CancellationToken]::None)).GetAwaiter().GetResult()
    }
}

Describe 'Values and keys' -Tag 'CI', 'Cluster' {
    BeforeAll { $cluster = Start-RaftCluster -ServerCount 1 }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }
    BeforeEach { Set-RaftValue habits/k 'old value' }

    It 'leaves the old value when given <Name>' -ForEach @(
        @{ Name = 'an empty hashtable'; Value = @{} }
        @{ Name = 'an empty ordered dictionary'; Value = [ordered]@{} }
        @{ Name = 'an empty array'; Value = @() }
        @{ Name = 'an empty array list'; Value = [System.Collections.ArrayList]::new() }
        @{ Name = 'an XML document'; Value = [xml] '<a/>' }
        @{ Name = 'a number'; Value = 5 }
        @{ Name = 'half of a surrogate pair'; Value = "a$([char] 0xD83D)" }) {
        (Get-Failure { Set-RaftValue -Key habits/k -Value $Value }).FullyQualifiedErrorId | Should -BeExactly 'ValueInvalid,RaftKv.Commands.SetRaftValueCommand'
        (Get-Failure { [pscustomobject]@{ Key = 'habits/k'; Value = $Value } | Set-RaftValue }).FullyQualifiedErrorId | Should -BeExactly 'ValueInvalid,RaftKv.Commands.SetRaftValueCommand'
        (Get-RaftValue habits/k).Value | Should -BeExactly 'old value'
    }

    It 'stores nothing where lines of a file come for one key, and says how to' {
        $file = Join-Path $TestDrive 'lines.txt'
        Set-Content $file 'one', 'two', 'three'
        $failure = @(Get-Failure { Get-Content $file | Set-RaftValue habits/k })
        $failure.Count | Should -Be 1
        $failure[0].FullyQualifiedErrorId | Should -BeExactly 'ValueInvalid,RaftKv.Commands.SetRaftValueCommand'
        $failure[0].Exception.Message | Should -Match '-Raw'
        (Get-RaftValue habits/k).Version | Should -Be (Set-RaftValue habits/k next -PassThru | ForEach-Object { $_.Version - 1 })
    }

    It 'takes one string, byte array or file from the pipeline' {
        $file = Join-Path $TestDrive 'whole.bin'
        [IO.File]::WriteAllBytes($file, [byte[]] (0, 255, 10))
        'text' | Set-RaftValue habits/k
        (Get-RaftValue habits/k).Value | Should -BeExactly 'text'
        , [byte[]] (1, 0, 254) | Set-RaftValue habits/k
        (Get-RaftValue habits/k).Bytes | Should -Be @(1, 0, 254)
        Get-RaftValue habits/k | Set-RaftValue -Key habits/copy
        (Get-RaftValue habits/copy).Bytes | Should -Be @(1, 0, 254)
        Get-Item $file | Set-RaftValue -Key { "habits/$($_.Name)" }
        (Get-RaftValue habits/whole.bin).Bytes | Should -Be @(0, 255, 10)
        (Get-Failure { Get-Item $file, $file | Set-RaftValue habits/k }).FullyQualifiedErrorId | Should -BeExactly 'ValueInvalid,RaftKv.Commands.SetRaftValueCommand'
    }

    It 'tells keys apart that are no text, and removes the one that was shown' {
        Set-RawKey $cluster @(0xFF) 'I am FF'
        Set-RawKey $cluster @(0xEF, 0xBF, 0xBD) 'I am EFBFBD'
        @(Get-RaftValue -Prefix '' | Group-Object Key -CaseSensitive | Where-Object Count -GT 1).Count | Should -Be 0
        (Get-RaftValue '\x{FF}').Value | Should -BeExactly 'I am FF'
        @(Get-RaftLog -Last 2).Key | Should -Be @('\x{FF}', [string] [char] 0xFFFD)
        Get-RaftValue -Prefix '' | Where-Object Value -EQ 'I am FF' | Remove-RaftValue
        (Get-RaftValue -Prefix '').Value | Should -Not -Contain 'I am FF'
        (Get-RaftValue ([string] [char] 0xFFFD)).Value | Should -BeExactly 'I am EFBFBD'
    }

    It 'refuses a key that no bytes say exactly' {
        foreach ($key in "a$([char] 0xDC00)", '\x{F}') {
            foreach ($call in { Set-RaftValue $key v }, { Get-RaftValue $key }, { Remove-RaftValue $key }, { Get-RaftValue -Prefix $key }) {
                (Get-Failure $call).FullyQualifiedErrorId | Should -Match 'KeyInvalid,RaftKv.Commands.'
            }
        }
    }

    It 'sends no control byte of a key, a value or a message to the terminal' {
        Set-RaftValue "habits/`e[31m" "a`e]0;title`a"
        $shown = (Get-RaftValue -Prefix habits/ | Out-String) + (Get-RaftLog -Last 1 | Out-String) + (Get-Failure { Get-RaftValue "no`e[2J" } | Out-String)
        $shown -replace '\e\[[0-9;]*m' | Should -Not -Match "`e|`a"
        $shown | Should -Match '`e\[31m'
    }

    It 'says of a file whether its entries are committed only where it knows' {
        @(Get-RaftLog -Last 1 -FromDisk).Committed | Should -BeNullOrEmpty
        @(Get-RaftLog -Last 1 -FromDisk)[0].Committed | Should -Not -Be $false
        @(Get-RaftLog -Last 1)[0].Committed | Should -BeTrue
    }

    It 'brings a value that is no text back from a file, or says that the file has lost it' {
        $folder = "$TestDrive"
        Set-RaftValue habits/bytes ([byte[]] (192, 128))
        Get-RaftValue habits/bytes | Export-Clixml (Join-Path $folder pair.xml)
        Get-RaftValue habits/bytes | Select-Object Key, Value, Bytes | ConvertTo-Json | Set-Content (Join-Path $folder pair.json)
        Get-RaftValue habits/bytes, habits/k | Export-Csv (Join-Path $folder pairs.csv)
        foreach ($back in { Import-Clixml (Join-Path $folder pair.xml) }, { Get-Content -Raw (Join-Path $folder pair.json) | ConvertFrom-Json }) {
            Set-RaftValue habits/bytes other
            & $back | Set-RaftValue -Cluster $cluster
            (Get-RaftValue habits/bytes).Bytes | Should -Be @(192, 128)
        }
        $failure = @(Get-Failure { Import-Csv (Join-Path $folder pairs.csv) | Select-Object Key, Value, Bytes | Set-RaftValue })
        $failure.FullyQualifiedErrorId | Should -BeExactly 'ValueInvalid,RaftKv.Commands.SetRaftValueCommand'
        $failure[0].Exception.Message | Should -Match 'habits/bytes'
        (Get-RaftValue habits/bytes).Bytes | Should -Be @(192, 128)
        (Get-RaftValue habits/k).Value | Should -BeExactly 'old value'
    }

    It 'writes one value to a file, however many come' {
        $file = Join-Path $TestDrive 'out.bin'
        Set-RaftValue habits/second second
        $failure = @(Get-Failure { 'habits/k', 'habits/second' | ForEach-Object { [pscustomobject]@{ Key = $_ } } | Get-RaftValue -OutFile $file })
        $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.GetRaftValueCommand'
        $failure[0].Exception.Message | Should -Match 'habits/second'
        [IO.File]::ReadAllText($file) | Should -BeExactly 'old value'
    }

    It 'takes no file from a place where none are' {
        $before = [Environment]::CurrentDirectory
        Set-Content (Join-Path $TestDrive 'here.txt') 'of the process'
        Push-Location Env:
        [Environment]::CurrentDirectory = "$TestDrive"
        try {
            foreach ($call in { Set-RaftValue habits/k -LiteralPath here.txt }, { Set-RaftValue habits/k -Path here.txt }, { Set-RaftValue habits/k -LiteralPath Env:PATH }) {
                $failure = @(Get-Failure $call)[0]
                $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.SetRaftValueCommand'
                $failure.Exception.Message | Should -Match 'Set-Location'
            }
        }
        finally {
            [Environment]::CurrentDirectory = $before
            Pop-Location
        }
        (Get-RaftValue habits/k).Value | Should -BeExactly 'old value'
    }

    It 'takes an empty variable for no cluster, and not for the current one' {
        $calls = { Remove-RaftCluster $null -Confirm:$false }, { Stop-RaftCluster -Cluster $null -Confirm:$false }, { Set-RaftValue habits/k new -Cluster $null },
            { Get-RaftValue habits/k -Cluster $null }, { Remove-RaftValue habits/k -Cluster $null }, { Set-RaftPartition 1 -Cluster $null },
            { Stop-RaftServer 1 -Cluster $null }, { $null | Remove-RaftCluster -Confirm:$false }, { [pscustomobject]@{ Key = 'habits/k'; Value = 'new'; Cluster = $null } | Set-RaftValue }
        foreach ($call in $calls) { @(Get-Failure $call)[0].FullyQualifiedErrorId | Should -Match '^InvalidArgument,' -Because $call }
        (Get-RaftValue habits/k).Value | Should -BeExactly 'old value'
    }

    It 'leaves no key of a measurement behind' {
        $before = @(Get-RaftValue -Prefix '').Key
        $null = Measure-RaftLatency -Count 20 -WarmupCount 5
        $null = Measure-RaftThroughput -ClientCount 3 -DurationSec 0.3 -Operation Get
        $null = Measure-RaftChaos -ClientCount 10 -DurationSec 0.5 -HistoryPath (Join-Path $TestDrive 'history.jsonl')
        @(Get-RaftValue -Prefix '').Key | Should -Be $before
    }
}

Describe 'A pipeline that ends early' -Tag 'CI', 'Cluster' {
    BeforeAll { $cluster = Start-RaftCluster -ServerCount 1 }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }
    BeforeEach { Get-RaftValue -Prefix early/ | Remove-RaftValue; $script:taken = 0 }

    It 'has written all that it took when Select-Object has enough' {
        $first = @(1..5000 | ForEach-Object { $script:taken++; [pscustomobject]@{ Key = "early/$_"; Value = 'x' } } | Set-RaftValue -PassThru | Select-Object -First 1)
        $first.Count | Should -Be 1
        $script:taken | Should -BeLessThan 5000
        @(Get-RaftValue -Prefix early/).Count | Should -Be $script:taken
    }

    It 'has written all that it took before the row that ends it' {
        { 1..3000 | ForEach-Object { $script:taken++; [pscustomobject]@{ Key = "early/$_"; Value = if ($_ -eq 1500) { [object] 5 } else { 'x' } } } | Set-RaftValue -ErrorAction Stop } |
            Should -Throw -ErrorId 'ValueInvalid,RaftKv.Commands.SetRaftValueCommand'
        $script:taken | Should -Be 1500
        @(Get-RaftValue -Prefix early/).Count | Should -Be 1499
    }

    It 'has written all that it took when the command before it fails' {
        { 1..3000 | ForEach-Object { if ($_ -eq 1500) { throw 'enough' }; [pscustomobject]@{ Key = "early/$_"; Value = 'x' } } | Set-RaftValue } | Should -Throw 'enough'
        @(Get-RaftValue -Prefix early/).Count | Should -Be 1499
    }

    It 'tells every refusal of what it took' {
        2..2000 | ForEach-Object { [pscustomobject]@{ Key = "early/$_"; Value = 'old' } } | Set-RaftValue
        $null = 1..2000 | ForEach-Object { $script:taken++; [pscustomobject]@{ Key = "early/$_"; Value = 'new' } } |
            Set-RaftValue -IfVersion 0 -PassThru -ErrorVariable failures -ErrorAction SilentlyContinue | Select-Object -First 1
        @($failures).Count | Should -Be ($script:taken - 1)
    }
}

Describe 'Servers' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll { $cluster = Start-RaftCluster -ServerCount 3 }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }

    It 'takes a key that a stale read does not find as the word of that server' {
        $failure = @(Get-Failure { Get-RaftValue habits/none -Server n2 -Consistency Stale })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'KeyNotFound,RaftKv.Commands.GetRaftValueCommand'
        $failure.Exception.Message | Should -Match 'n2 .* applied index \d+'
        @(Get-Failure { Get-RaftValue habits/none })[0].Exception.Message | Should -Match "^Cluster '"
    }

    It 'has ended when -Exit returns' {
        $follower = @(Get-RaftServer | Where-Object Role -EQ 'Follower')[0]
        $follower | Stop-RaftServer -Exit
        Get-Process -Id $follower.ProcessId -ErrorAction Ignore | Should -BeNullOrEmpty
        (Get-RaftServer $follower.Id).Fault | Should -Be 'stopped'
    }

    It 'starts those that are down although others run' {
        (Get-RaftServer | Start-RaftServer -PassThru).Count | Should -Be 3
        @(Get-RaftServer | Where-Object Fault -EQ 'stopped').Count | Should -Be 0
        Start-RaftServer *
    }

    It 'says of a frozen server that it is frozen' -Skip:$IsWindows {
        $follower = @(Get-RaftServer | Where-Object Role -EQ 'Follower')[0]
        $follower | Suspend-RaftServer
        try { @(Get-Failure { $follower | Start-RaftServer })[0].Exception.Message | Should -Match 'Resume-RaftServer' }
        finally { $follower | Resume-RaftServer }
        Wait-RaftCluster -For CaughtUp
    }

    It 'restarts all of them while the cluster serves' {
        $before = @(Get-RaftServer).ProcessId
        $module = (Get-Module RaftKv).Path
        $written = 1..3 | ForEach-Object -ThrottleLimit 3 -Parallel {
            Import-Module $using:module
            $cluster = $using:cluster
            if ($_ -eq 1) { Restart-RaftServer * -Cluster $cluster }
            else { 1..10 | ForEach-Object { Set-RaftValue restart $_.ToString() -Cluster $cluster -TimeoutSec 20 -ErrorAction Stop; 'ok' } }
        }
        $written.Count | Should -Be 20
        Compare-Object $before @(Get-RaftServer).ProcessId -IncludeEqual -ExcludeDifferent | Should -BeNullOrEmpty
        Wait-RaftCluster -For CaughtUp
    }

    It 'refuses what leaves no majority, with the count, and does it when told' {
        $followers = @(Get-RaftServer | Where-Object Role -EQ 'Follower')
        $followers[0] | Stop-RaftServer -Force
        $failure = @(Get-Failure { $followers[1] | Remove-RaftMember -Confirm:$false })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'MajorityAtRisk,RaftKv.Commands.RemoveRaftMemberCommand'
        $failure.Exception.Message | Should -Match '2 of 2 voters must agree'
        @(Get-Failure { $followers[1] | Restart-RaftServer })[0].FullyQualifiedErrorId | Should -BeExactly 'MajorityAtRisk,RaftKv.Commands.RestartRaftServerCommand'
        Set-RaftValue still works
        $followers[1] | Restart-RaftServer -AtOnce
        Wait-RaftCluster -For Leader
        $followers[0] | Remove-RaftMember -Confirm:$false
        Set-RaftValue still works
        $followers[1] | Remove-RaftMember -Force -Confirm:$false
        @(Get-RaftServer).Count | Should -Be 1
    }
}

Describe 'Files' -Tag 'CI' {
    It 'lists the other clusters and says which file cannot be used' {
        $before = $env:RAFTKV_HOME
        $env:RAFTKV_HOME = "$TestDrive/home"
        try {
            $null = New-Item "$TestDrive/home/clusters/spoilt" -ItemType Directory
            Set-Content "$TestDrive/home/clusters/spoilt/cluster.json" '{ "name": "spoi'
            Get-RaftCluster spoi* -All -WarningAction SilentlyContinue -WarningVariable warnings | Should -BeNullOrEmpty
            "$warnings" | Should -Match 'spoilt.cluster\.json'
            @(Get-Failure { Remove-RaftCluster spoilt -Confirm:$false })[0].FullyQualifiedErrorId | Should -BeExactly 'ClusterFileInvalid,RaftKv.Commands.RemoveRaftClusterCommand'
        }
        finally { $env:RAFTKV_HOME = $before }
    }

    It 'takes a name with an open bracket for one that nothing has' {
        @(Get-Failure { Get-RaftCluster '[' })[0].FullyQualifiedErrorId | Should -BeExactly 'NoCluster,RaftKv.Commands.GetRaftClusterCommand'
        @(Get-Failure { Get-RaftOption 'Pre[' })[0].FullyQualifiedErrorId | Should -BeExactly 'OptionInvalid,RaftKv.Commands.GetRaftOptionCommand'
        @(Get-Failure { '[', 'Latency' | Get-RaftExperiment })[0].FullyQualifiedErrorId | Should -BeExactly 'ExperimentNotFound,RaftKv.Commands.GetRaftExperimentCommand'
    }

    It 'finds a deep history, goes on with the next file, and lives' {
        $deep = Join-Path $TestDrive 'deep.edn'
        $good = Join-Path $TestDrive 'good.edn'
        [IO.File]::WriteAllText($deep, '{:process 0 :type :invoke :f :get :key "k" :value ' + ('[' * 200000) + "`n")
        Set-Content $good '{:process 0 :type :invoke :f :get :key "k" :value nil}', '{:process 0 :type :ok :f :get :key "k" :value ""}'
        $found = @($deep, $good | Test-RaftLinearizability -Format Keyed -ErrorAction SilentlyContinue -ErrorVariable failures)
        $found | Should -Be @($true)
        $failures[0].FullyQualifiedErrorId | Should -BeExactly 'ResultFileInvalid,RaftKv.Commands.TestRaftLinearizabilityCommand'
        $failures[0].Exception.Message | Should -Match 'line 1:'
    }

    It 'does not pass a history that shows nothing' {
        $empty = New-Item (Join-Path $TestDrive 'empty.jsonl')
        $empty | Test-RaftLinearizability -WarningAction SilentlyContinue -WarningVariable warnings | Should -BeFalse
        "$warnings" | Should -Match 'shows nothing'
    }
}
