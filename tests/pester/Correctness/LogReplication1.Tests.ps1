# A pair that was put is in the log of every server, with the same index and the same term. The files on disk are read,
# by a reader that shares no code with the server (published evaluation, 4.1.2).
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath)
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"
}

Describe 'Log replication with <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $pair = New-RandomPair
        $written = Set-RaftValue -Cluster $cluster -Key $pair.Key -Value $pair.Value -PassThru
        $servers = @(Get-RaftServer -Cluster $cluster)
        $found = @{}
        foreach ($server in $servers) {
            Wait-Until {
                $found[$server.Server] = @(Read-LogFile -DataPath $server.DataPath | Where-Object Key -CEQ $pair.Key)
                $found[$server.Server].Count -gt 0
            }
        }
    }
    AfterAll {
        $rows = @(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = 'servers-with-the-entry'; Value = @($found.Values | Where-Object Count -EQ 1).Count; Unit = 'count' })
        Export-SuiteResult -Row $rows -Experiment 'log-replication-1' -Scale $Scale
        Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath
    }

    It 'is on the disk of every server, once' {
        foreach ($server in $servers) {
            $found[$server.Server].Count | Should -Be 1 -Because "server $($server.Server) must hold the entry"
            $found[$server.Server][0].Value | Should -BeExactly $pair.Value
        }
    }

    It 'has the same index everywhere: the revision that the client was told' {
        foreach ($server in $servers) { $found[$server.Server][0].Index | Should -Be $written.ModifyRevision }
    }

    It 'has the same term everywhere' {
        $terms = @($servers | ForEach-Object { $found[$_.Server][0].Term } | Select-Object -Unique)
        $terms.Count | Should -Be 1
        $terms[0] | Should -BeGreaterThan 0
    }

    It 'agrees with what the servers say of their logs' {
        foreach ($server in $servers) {
            $told = @(Get-RaftLog -Cluster $cluster -Server $server.Server | Where-Object Key -CEQ $pair.Key)
            $told.Count | Should -Be 1
            $told[0].Index | Should -Be $found[$server.Server][0].Index
            $told[0].Term | Should -Be $found[$server.Server][0].Term
        }
    }
}
