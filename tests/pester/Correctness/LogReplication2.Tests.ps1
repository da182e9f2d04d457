# Terms in the logs of stopped servers are falsified, the servers are started, and a pair is put again (published
# evaluation, 4.1.2). What may come of it depends on what was falsified: (a) to (d).
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath)
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"

    # Puts a fresh pair until somebody acknowledges it, and returns it with its index.
    function Set-FreshPair($Cluster) {
        $pair = New-RandomPair
        $pair.Index = (Set-RaftValue -Cluster $Cluster -Key $pair.Key -Value $pair.Value -PassThru).ModifyRevision
        $pair
    }

    # The highest term that the stopped servers remember.
    function Get-HighestTerm($Cluster) {
        (Get-RaftLog -Cluster $Cluster -FromDisk | Measure-Object Term -Maximum).Maximum
    }

    # Demands one history: the files of all named servers hold the same entries, and their states are equal.
    function Assert-OneHistory($Cluster, [int[]] $Server, $Because) {
        Wait-Until -Because $Because {
            $views = @(Get-RaftServer -Cluster $Cluster -Server $Server)
            @($views.StateHash | Select-Object -Unique).Count -eq 1 -and @($views.AppliedIndex | Select-Object -Unique).Count -eq 1 -and
            @(Compare-RaftLog -Cluster $Cluster -Server $Server).Count -eq 0
        }
        $logs = @(Get-RaftServer -Cluster $Cluster -Server $Server | ForEach-Object {
            (Read-LogFile -DataPath $_.DataPath | ForEach-Object { "$($_.Index)/$($_.Term)/$($_.Kind)/$($_.Key)/$($_.Value)" }) -join "`n"
        })
        @($logs | Select-Object -Unique).Count | Should -Be 1 -Because $Because
        Test-RaftLog -Cluster $Cluster -Server $Server | Should -BeTrue
    }
}

Describe 'Falsified logs of <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster', 'Chaos' -ForEach $cases {
    BeforeAll {
        $rows = [System.Collections.Generic.List[object]]::new()
        $all = @(1..$ServerCount)
        $majority = @($all | Select-Object -First ([math]::Floor($ServerCount / 2) + 1))
        $minority = @($all | Where-Object { $_ -notin $majority })
    }
    BeforeEach { $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath }
    AfterEach { Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath }
    AfterAll { Export-SuiteResult -Row $rows -Experiment 'log-replication-2' -Scale $Scale }

    It '(a) converges to one history when only an uncommitted suffix was falsified' {
        $kept = Set-FreshPair $cluster
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        $lost = New-RandomPair
        $cut = @{}
        # A leader without a majority soon steps down, on a slow machine before the write is there: then it is tried again.
        Wait-Until {
            $cut.Leader = Get-RaftLeader -Cluster $cluster
            $cut.Mate = @($all | Where-Object { $_ -ne $cut.Leader.Server })[0]
            $others = @($all | Where-Object { $_ -notin $cut.Leader.Server, $cut.Mate })
            Wait-Until { Set-RaftValue -Cluster $cluster -Key "$($lost.Key)/session" -Value 'opened while that is possible' -TimeoutSec 1 -ErrorAction SilentlyContinue; $? }
            Suspend-RaftServer -Cluster $cluster -Server $others -Confirm:$false
            Set-RaftValue -Cluster $cluster -Key $lost.Key -Value $lost.Value -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable failure
            $cut.Said = $failure[0].FullyQualifiedErrorId
            if ($cut.Said -notmatch '^NoLeader,') { return $true }
            Resume-RaftServer -Cluster $cluster -Server $others -Confirm:$false
            Wait-RaftCluster -Cluster $cluster -For CaughtUp
        }
        $cut.Said | Should -Match '^WriteOutcomeUnknown,'
        $leader = $cut.Leader; $mate = $cut.Mate
        Wait-Until { @(Get-RaftLog -Cluster $cluster -Server $mate | Where-Object Key -CEQ $lost.Key).Count -eq 1 }
        $suffix = @(Get-RaftLog -Cluster $cluster -Server $mate | Where-Object Key -CEQ $lost.Key)[0].Index
        Stop-RaftServer -Cluster $cluster -Server $all -Force -Confirm:$false

        $term = (Get-HighestTerm $cluster) + 3
        $edits = @(Edit-RaftLog -Cluster $cluster -Server $leader.Server, $mate -FirstIndex $suffix -Term $term -StoredTerm $term -Confirm:$false)
        $edits.Count | Should -Be 2
        Start-RaftServer -Cluster $cluster -Server $all
        $again = Set-FreshPair $cluster
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        Assert-OneHistory $cluster $all 'an uncommitted suffix may be kept or dropped, but by all'
        foreach ($pair in $kept, $again) { (Get-RaftValue -Cluster $cluster -Key $pair.Key).Value | Should -BeExactly $pair.Value }
        $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = 'a-falsified-servers'; Value = $edits.Count; Unit = 'count' })
    }

    It '(b) converges to the winner''s history when a committed entry was falsified while all servers were stopped' {
        $pair = Set-FreshPair $cluster
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        Stop-RaftServer -Cluster $cluster -Server $all -Confirm:$false
        $before = @(Get-RaftLog -Cluster $cluster -Server $minority[0] -FromDisk)
        $term = (Get-HighestTerm $cluster) + 4
        $null = Edit-RaftLog -Cluster $cluster -Server $majority -FirstIndex $pair.Index -Term $term -StoredTerm $term -Confirm:$false
        @(Compare-RaftLog -Cluster $cluster | Where-Object Comparison -EQ 'Term' | ForEach-Object Index) | Should -Contain $pair.Index

        Start-RaftServer -Cluster $cluster -Server $all
        $again = Set-FreshPair $cluster
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        Assert-OneHistory $cluster $all 'the falsified entries win, because their terms are later'
        (Get-RaftValue -Cluster $cluster -Key $again.Key).Value | Should -BeExactly $again.Value
        $after = @{}
        foreach ($entry in Get-RaftLog -Cluster $cluster -Server $minority[0] -FromDisk) { $after[$entry.Index] = $entry.Term }
        $overwritten = @($before | Where-Object { $after[$_.Index] -ne $_.Term })
        Write-Host "      overwritten on n$($minority[0]): $(($overwritten | ForEach-Object { "$($_.Index) of term $($_.Term), now $($after[$_.Index])" }) -join '; ')"
        $overwritten.Index | Should -Contain $pair.Index
        $after[[long] $pair.Index] | Should -Be $term
        $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = 'b-overwritten-entries'; Value = $overwritten.Count; Unit = 'count' })
    }

    It '(d) refuses to start with an entry of a later term than the stored one, and names it' {
        $victim = $minority[0]
        $null = Set-FreshPair $cluster
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        Stop-RaftServer -Cluster $cluster -Server $victim -Confirm:$false
        $last = @(Get-RaftLog -Cluster $cluster -Server $victim -FromDisk -Last 1)[0]
        { Edit-RaftLog -Cluster $cluster -Server $majority[0] -FirstIndex 1 -Term 1 -Confirm:$false -ErrorAction Stop } |
            Should -Throw -ErrorId 'ServerRunning,RaftKv.Commands.EditRaftLogCommand'
        $edit = Edit-RaftLog -Cluster $cluster -Server $victim -FirstIndex $last.Index -Term ($last.Term + 5) -Confirm:$false
        { Start-RaftServer -Cluster $cluster -Server $victim -ErrorAction Stop } | Should -Throw -ErrorId 'ServerStartFailed,RaftKv.Commands.StartRaftServerCommand'
        $error[0].ToString() | Should -Match "entry $($last.Index)@$($last.Term + 5) has a later term than the stored term $($edit.StoredTerm)\b"
        Test-RaftLog -Cluster $cluster -Server $victim -WarningAction SilentlyContinue | Should -BeFalse

        $null = Edit-RaftLog -Cluster $cluster -Server $victim -FirstIndex $last.Index -Term $last.Term -Confirm:$false
        Start-RaftServer -Cluster $cluster -Server $victim
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
    }

    It '(c) lets no running server drop a committed entry: it halts and names the index, or wins' {
        $pair = Set-FreshPair $cluster
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        Stop-RaftServer -Cluster $cluster -Server $majority -Confirm:$false
        $before = @(Get-RaftLog -Cluster $cluster -Server $majority[0] -FromDisk | Where-Object Index -EQ $pair.Index)[0].Term
        $term = (Get-HighestTerm $cluster) + 4
        $null = Edit-RaftLog -Cluster $cluster -Server $majority -FirstIndex $pair.Index -Term $term -StoredTerm $term -Confirm:$false
        Start-RaftServer -Cluster $cluster -Server $majority
        $null = Set-FreshPair $cluster

        # Those that would have to drop the entry halt, and their processes end; those that go on agree with each other in the end.
        $halted = @{}
        Wait-Until {
            foreach ($server in Get-RaftServer -Cluster $cluster -Server $minority) {
                if ($server.Fault -eq 'halted: CommittedEntryConflict') { $halted[$server.Id] = $server }
            }
            $running = @($all | Where-Object { -not $halted.ContainsKey($_) })
            $halted.Count -eq $minority.Count -or @(Compare-RaftLog -Cluster $cluster -Server $running).Count -eq 0
        }
        foreach ($server in $halted.Values) {
            $server.HaltMessage | Should -Match "from index $($pair.Index),"
            @(Get-Content $server.LogPath | Where-Object { $_ -match 'CommittedEntryConflict' })[-1] | Should -Match "from index $($pair.Index)," -Because 'that is the first entry that was falsified'
            $held = @(Read-LogFile -DataPath $server.DataPath | Where-Object Index -EQ $pair.Index)
            "$($held.Term) $($held.Key) $($held.Value)" | Should -BeExactly "$before $($pair.Key) $($pair.Value)" -Because "$($server.Name) must keep what was committed"
        }
        $running = @($all | Where-Object { -not $halted.ContainsKey($_) })
        Assert-OneHistory $cluster $running 'those that go on must agree'
        $now = @(Read-LogFile -DataPath @(Get-RaftServer -Cluster $cluster -Server $majority[0])[0].DataPath | Where-Object Index -EQ $pair.Index)[0].Term
        $now | Should -Be $(if ($halted.Count -gt 0) { $term } else { $before }) -Because 'the servers that won keep theirs'
        $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = 'c-halted-servers'; Value = $halted.Count; Unit = 'count' })

        # A cluster that was given must be whole again: the halted logs get the same terms, and then agree with the others.
        if ($halted.Count -eq 0) { return }
        $ids = @($halted.Keys | Sort-Object)
        $latest = (Get-RaftServer -Cluster $cluster -Server $running | Measure-Object Term -Maximum).Maximum
        Stop-RaftServer -Cluster $cluster -Server $ids -Force -Confirm:$false -ErrorAction SilentlyContinue
        $null = Edit-RaftLog -Cluster $cluster -Server $ids -FirstIndex $pair.Index -Term $term -StoredTerm $latest -Confirm:$false
        Start-RaftServer -Cluster $cluster -Server $ids
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        Assert-OneHistory $cluster $all 'the halted servers are back'
    }
}
