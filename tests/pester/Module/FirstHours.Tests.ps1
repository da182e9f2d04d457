# What somebody looks for in the first hours: the options there are, a write at one server, what is broken, any figure.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"

    function Get-Completion([string] $Line) {
        @([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches | ForEach-Object CompletionText)
    }

    # Runs a call with all its errors, however they come.
    function Get-Failure([scriptblock] $Call) {
        $ErrorActionPreference = 'Continue'
        try { & $Call 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } } catch { $_ }
    }
}

Describe 'Options' -Tag 'CI', 'Cluster' {
    BeforeAll {
        Get-RaftCluster | Disconnect-RaftCluster
        $alone = @(Get-RaftOption)
        $cluster = Start-RaftCluster -ServerCount 1 -Option @{ ElectionTimeoutUpperMs = 1200; LoseUnsyncedOnKill = $true }
    }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }

    It 'are all listed with meaning, range and default, also without a cluster' {
        $alone.Count | Should -BeGreaterThan 24
        foreach ($option in $alone) {
            $option.Meaning | Should -Match '\w+ .*\.$' -Because $option.Name
            $option.Range | Should -Not -BeNullOrEmpty -Because $option.Name
            $null -ne $option.Default | Should -BeTrue -Because $option.Name
            $option.Value | Should -BeNullOrEmpty -Because $option.Name
        }
    }

    It 'have the values in force in a cluster and in a server' {
        (Get-RaftOption ElectionTimeoutUpperMs).Value | Should -Be 1200
        (Get-RaftOption ElectionTimeoutUpperMs).Default | Should -Be 1000
        @(Get-RaftOption | Where-Object { $_.Value -ne $_.Default }).Name | Sort-Object | Should -Be @('ElectionTimeoutUpperMs', 'LoseUnsyncedOnKill')
        $ofServer = Get-RaftServer n1 | Get-RaftOption Election*
        $ofServer.Server | Should -Be @(1, 1)
        ($ofServer | Where-Object Name -EQ 'ElectionTimeoutUpperMs').Value | Should -Be 1200
        (Get-RaftOption MaxInflightAppends -Preset Paper2019).Default | Should -Be 1
    }

    It 'are an error where there is none of that name, with those that there are' {
        $failure = @(Get-Failure { Get-RaftOption Heartbeat })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'OptionInvalid,RaftKv.Commands.GetRaftOptionCommand'
        $failure.Exception.Message | Should -Match 'HeartbeatIntervalMs'
    }

    It 'complete inside the hashtable of <_>' -ForEach 'Start-RaftCluster', 'Invoke-RaftExperiment', 'Restore-RaftCluster' {
        Get-Completion "$_ -Option @{" | Should -Be @($alone.Name | Sort-Object)
        Get-Completion "$_ -Option @{ PreVote = `$true; Snapshot" | Should -Be @($alone.Name -like 'Snapshot*' | Sort-Object)
    }

    It 'stand all in the help of -Option' {
        $text = Get-Help Start-RaftCluster -Parameter Option | Out-String
        foreach ($option in $alone) { $text | Should -Match "$($option.Name): " }
    }

    It 'come as a hashtable, or an error says what to write' {
        (Get-Failure { Start-RaftCluster -Option 5 }).Exception.Message | Should -Match '@\{ ElectionTimeoutUpperMs = 600 \}'
    }
}

Describe 'A write at one server' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll { $cluster = Start-RaftCluster -ServerCount 3 -Option @{ CheckQuorum = $false } }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }

    It 'is done by the leader and refused by a follower' {
        (Set-RaftValue at/one first -Server (Get-RaftLeader) -PassThru).Version | Should -Be 1
        $follower = @(Get-RaftServer | Where-Object Role -EQ 'Follower')[0]
        (Get-Failure { Set-RaftValue at/one second -Server $follower }).FullyQualifiedErrorId | Should -BeExactly 'NotLeader,RaftKv.Commands.SetRaftValueCommand'
        (Get-Failure { Set-RaftValue at/one second -Server * }).FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.SetRaftValueCommand'
        (Get-Failure { Set-RaftValue at/one second -Server (Get-RaftLeader) -IfVersion 7 }).FullyQualifiedErrorId | Should -BeExactly 'VersionMismatch,RaftKv.Commands.SetRaftValueCommand'
        (Get-RaftValue at/one).Value | Should -BeExactly 'first'
    }

    It 'ends as unknown on a leader that is cut off, whose log shows it uncommitted, and is gone when the network is whole' {
        $old = Get-RaftLeader
        Set-RaftPartition $old.Id
        $failure = @(Get-Failure { Set-RaftValue at/one lost -Server $old -TimeoutSec 1 })[0]
        $failure.FullyQualifiedErrorId | Should -BeExactly 'WriteOutcomeUnknown,RaftKv.Commands.SetRaftValueCommand'
        $entry = @(Get-RaftLog $old.Id -Last 1)[0]
        "$($entry.Kind) $($entry.Key) $($entry.Committed)" | Should -BeExactly 'Put at/one False'
        Set-RaftValue at/one second
        Clear-RaftFault
        Wait-RaftCluster -For CaughtUp
        (Get-RaftValue at/one).Value | Should -BeExactly 'second'
        @(Get-RaftServer | Select-Object -ExpandProperty StateHash -Unique).Count | Should -Be 1
    }

    It 'says of a server that is not there that nothing was done' {
        $follower = @(Get-RaftServer | Where-Object Role -EQ 'Follower')[0]
        $follower | Stop-RaftServer -Force
        (Get-Failure { Set-RaftValue at/one x -Server $follower }).FullyQualifiedErrorId | Should -BeExactly 'ServerUnreachable,RaftKv.Commands.SetRaftValueCommand'
        $follower | Start-RaftServer
    }
}

Describe 'What is broken' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll { $cluster = Start-RaftCluster -ServerCount 3 }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }
    AfterEach { Clear-RaftFault }

    It 'is shown of partitions by Get-RaftServer, Watch-RaftCluster and Get-RaftChaos' {
        Set-RaftPartition 1
        (Get-RaftServer).Network | Should -Be @('cut off from all', 'cut off from 1', 'cut off from 1')
        (Get-RaftServer).Fault | Should -Be @('', '', '')
        Get-RaftServer | Out-String | Should -Match 'cut off from all'
        Watch-RaftCluster -IntervalSec 0.1 | Select-Object -First 1 | Should -Match 'n2 \w+ \d+ \(cut off from 1\)'
        (Get-RaftChaos).InForce | Should -Be @('n1 cut off from all', 'n2 cut off from 1', 'n3 cut off from 1')
        Clear-RaftFault
        (Get-RaftServer).Network | Should -Be @('', '', '')
        (Get-RaftChaos).InForce | Should -BeNullOrEmpty
    }

    It 'is set for the leader from the pipeline, and stands in the CSV of a measurement' {
        $csv = Join-Path $TestDrive 'delayed.csv'
        $null = Measure-RaftLatency -Count 3 -WarmupCount 0 -OutputPath $csv
        Get-RaftLeader | Set-RaftLink -DelayMs 15 -BothWays
        $leader = Get-RaftLeader
        (Get-RaftServer $leader.Id).Network | Should -BeExactly 'to all: delay 15 ms'
        $null = Measure-RaftLatency -Count 3 -WarmupCount 0 -OutputPath $csv
        Clear-RaftFault
        @(Import-Csv $csv | Where-Object Metric -EQ 'PutLatencyP50').OneWayDelayMs | Should -Be @('', '15')
    }

    It 'is told of a monkey while it works and afterwards' {
        (Get-RaftChaos).Seed | Should -BeNullOrEmpty
        $chaos = Start-RaftChaos 60 -Seed 7 -Fault Partition
        Wait-Until { (Get-RaftChaos).DoneCount -gt 0 }
        $state = Get-RaftChaos
        $state.Running | Should -BeTrue
        $state.Seed | Should -Be 7
        $state.Done[0].Fault | Should -Be 'Partition'
        $state.Coming.Count + $state.DoneCount | Should -Be $chaos.Schedule.Count
        $null = Stop-RaftChaos
        (Get-RaftChaos).Running | Should -BeFalse
        (Get-RaftChaos).InForce | Should -BeNullOrEmpty
    }
}

Describe 'Another language' -Tag 'CI', 'Cluster', 'Chaos' {
    It 'of <_> changes nothing in names, files and tables' -ForEach 'tr-TR', 'de-DE', 'fa-IR' {
        $before = [cultureinfo]::CurrentCulture
        $name = "INDIGO-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
        $csv = Join-Path $TestDrive "$_.csv"
        [cultureinfo]::CurrentCulture = $_
        try {
            $null = Start-RaftCluster $name -ServerCount 2 -DataPath (Join-Path $TestDrive $name) -Option @{ electiontimeoutupperms = 1200.5; MAXSESSIONS = 77 }
            Set-RaftValue 'İi' 'ı'
            Set-RaftLink N1 2 -DelayMs 1.5 -BothWays
            $null = Measure-RaftLatency -Count 3 -WarmupCount 0 -OutputPath $csv
            $row = Import-Csv $csv | Where-Object Metric -EQ 'PutLatencyP50'
            $row.OneWayDelayMs | Should -BeExactly '1.5'
            $row.Value | Should -Match '^\d+(\.\d+)?$'
            $row.UtcTime | Should -Match '^2\d{3}-\d\d-\d\dT'
            (Export-RaftFigure $csv (Join-Path $TestDrive "$_.svg")).PointCount | Should -BeGreaterThan 0
            Stop-RaftCluster $name.ToLowerInvariant()
            $again = Start-RaftCluster $name
            $again.Option.ElectionTimeoutUpperMs | Should -Be 1200.5
            $again.Option.MaxSessions | Should -Be 77
            (Get-RaftValue 'İi').Value | Should -BeExactly 'ı'
        }
        finally {
            [cultureinfo]::CurrentCulture = $before
            Remove-RaftCluster $name -Confirm:$false -ErrorAction Ignore
        }
    }
}

Describe 'Results of a script' -Tag 'CI' {
    BeforeAll { $csv = Join-Path $TestDrive 'own/result.csv' }

    It 'get the columns of every result, from rows that are hashtables and objects' {
        @{ Metric = 'Size'; Value = 1.5; Unit = 'MiB'; Repetition = 2; UtcTime = [datetime]::new(2026, 1, 2, 3, 4, 5, [DateTimeKind]::Utc) },
        [pscustomobject]@{ Metric = 'Gone'; Unit = 's'; Outcome = 'timeout'; Experiment = 'Other' } |
            Export-RaftResult $csv -Experiment Own -RunId first
        $rows = @(Import-Csv $csv)
        "$($rows.RunId) $($rows.Experiment) $($rows.Metric) $($rows.Value) $($rows.Unit) $($rows.Outcome) $($rows.Scale)" |
            Should -BeExactly 'first first Own Other Size Gone 1.5  MiB s ok timeout Quick Quick'
        $rows[0].UtcTime | Should -BeExactly '2026-01-02T03:04:05Z'
        $rows.HostCores | Should -Be @([Environment]::ProcessorCount, [Environment]::ProcessorCount)
    }

    It 'are added to a file only when that is asked for' {
        @{ Metric = 'Size'; Value = 2; Unit = 'MiB' } | Export-RaftResult $csv -RunId second -Append
        @(Import-Csv $csv).RunId | Should -Be @('first', 'first', 'second')
        @{ Metric = 'Size'; Value = 3; Unit = 'MiB' } | Export-RaftResult $csv -RunId third
        @(Import-Csv $csv).RunId | Should -Be @('third')
    }

    It 'are refused where a name is no column or a value none of its kind, and nothing is written' {
        $failure = Get-Failure { @{ Metric = 'Size'; Value = 2; Unit = 'MiB'; Colour = 'red' } | Export-RaftResult $csv }
        $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.ExportRaftResultCommand'
        "$failure" | Should -Match "no column 'Colour'. Columns: RunId, "
        "$(Get-Failure { @{ Metric = 'Size'; Value = 'much'; Unit = 'MiB' } | Export-RaftResult $csv })" | Should -Match "'much' is no value of the column Value"
        "$(Get-Failure { @{ Metric = 'Size'; Unit = 'MiB' } | Export-RaftResult $csv })" | Should -Match 'Value is empty although Outcome is ok'
        @(Import-Csv $csv).RunId | Should -Be @('third')
    }
}

Describe 'Figures' -Tag 'CI' {
    BeforeAll {
        $csv = Join-Path $TestDrive 'tidy.csv'
        Set-Content $csv 'size,kind,ms', '1,a,2', '2,a,3', '1,b,5', '2,b,9'
    }

    It 'are drawn of any tidy table, and told with a view' {
        $figure = Export-RaftFigure $csv
        $figure.Path | Should -BeExactly (Join-Path $TestDrive 'tidy.png')
        "$($figure.X) $($figure.Metric) $($figure.Series -join ',') $($figure.PointCount)" | Should -BeExactly 'size ms a,b 4'
        (Get-Item $figure.Path).Length | Should -Be $figure.Length
        $figure | Out-String | Should -Match 'SeriesCount'
    }

    It 'are drawn of objects and of files from the pipeline' {
        $objects = Import-Csv $csv | Export-RaftFigure -OutputPath (Join-Path $TestDrive 'objects.svg') -Metric size -X kind
        "$($objects.X) $($objects.Metric) $($objects.RowCount)" | Should -BeExactly 'kind size 4'
        (Get-Item $csv | Export-RaftFigure -OutputPath (Join-Path $TestDrive 'file.svg')).RowCount | Should -Be 4
        ($csv | Export-RaftFigure -OutputPath (Join-Path $TestDrive 'text.svg')).RowCount | Should -Be 4
        (Get-Failure { [pscustomobject]@{ x = 1; y = 2 } | Export-RaftFigure }).FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.ExportRaftFigureCommand'
    }

    It 'replace neither their table nor the figure before' {
        $table = Join-Path $TestDrive 'table.svg'
        Copy-Item $csv $table
        (Get-Failure { Export-RaftFigure $table -OutputPath $table }).FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.ExportRaftFigureCommand'
        (Get-FileHash $table).Hash | Should -Be (Get-FileHash $csv).Hash
        $second = Join-Path $TestDrive 'second.csv'
        Copy-Item $csv $second
        $failure = @(Get-Failure { $csv, $second | Export-RaftFigure -OutputPath (Join-Path $TestDrive 'one.svg') })
        $failure.FullyQualifiedErrorId | Should -BeExactly 'InvalidArgument,RaftKv.Commands.ExportRaftFigureCommand'
        @($csv, $second | Export-RaftFigure).Path | Should -Be @((Join-Path $TestDrive 'tidy.png'), (Join-Path $TestDrive 'second.png'))
    }

    It 'complete their metrics and columns, and errors list what there is' {
        Get-Completion "Export-RaftFigure $csv -Metric " | Should -Be @('size', 'ms')
        Get-Completion "Export-RaftFigure $csv -X " | Should -Be @('size', 'kind', 'ms')
        Get-Completion "Export-RaftFigure $csv -Series k" | Should -Be @('kind')
        @(Get-Failure { Export-RaftFigure $csv -Metric nope })[0].Exception.Message | Should -Match 'Metrics: size, ms'
        @(Get-Failure { Export-RaftFigure $csv -X nope })[0].Exception.Message | Should -Match 'Columns: size, kind, ms'
    }
}
