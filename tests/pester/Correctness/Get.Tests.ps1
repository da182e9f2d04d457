# A pair that was put is read from every server, linearizably (published evaluation, 4.1.3).
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath)
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"
}

Describe 'Get with <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath
        $rows = [System.Collections.Generic.List[object]]::new()
        $pair = New-RandomPair
        $written = Set-RaftValue -Cluster $cluster -Key $pair.Key -Value $pair.Value -PassThru
    }
    AfterAll {
        Export-SuiteResult -Row $rows -Experiment 'get' -Scale $Scale
        Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath
    }

    It 'acknowledges the write with version 1' { $written.Version | Should -Be 1 }

    It 'reads the same value from every server' {
        $right = foreach ($server in Get-RaftServer -Cluster $cluster) {
            $read = Get-RaftValue -Cluster $cluster -Key $pair.Key -Server $server.Server
            $read.Value | Should -BeExactly $pair.Value -Because "server $($server.Server) must be linearizable"
            $read.ModifyRevision | Should -Be $written.ModifyRevision
            $server.Server
        }
        @($right).Count | Should -Be $ServerCount
        $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = 'servers-that-read-the-value'; Value = @($right).Count; Unit = 'count' })
    }

    It 'sees every write on every server as soon as it is acknowledged' {
        foreach ($round in 1..3) {
            $null = Set-RaftValue -Cluster $cluster -Key $pair.Key -Value "round $round"
            foreach ($server in Get-RaftServer -Cluster $cluster) {
                (Get-RaftValue -Cluster $cluster -Key $pair.Key -Server $server.Server).Value | Should -BeExactly "round $round"
            }
        }
    }

    It 'reports an absent key as KeyNotFound and goes on' {
        $missing = Get-RaftValue -Cluster $cluster -Key "$($pair.Key)/absent" -ErrorAction SilentlyContinue -ErrorVariable failure
        $missing | Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -BeExactly 'KeyNotFound,RaftKv.Commands.GetRaftValueCommand'
        (Get-RaftValue -Cluster $cluster -Key $pair.Key).Value | Should -BeExactly 'round 3'
    }
}
