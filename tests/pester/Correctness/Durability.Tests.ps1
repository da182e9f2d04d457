# An acknowledged write survives the loss of every process at once, with a disk that really loses what was not flushed.
# The last context plants the bug that this suite exists for - a skipped flush - and demands that it shows: without that,
# a kill test passes with fsync deleted. Always on clusters of its own: their disks are special.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -Among Default)
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"

    # Writes, kills every server at once, starts them again, and says which acknowledged writes are gone.
    function Measure-LostWrite {
        param($Cluster, [int] $Count)
        $written = @{}
        foreach ($number in 1..$Count) {
            $pair = New-RandomPair
            $null = Set-RaftValue -Cluster $Cluster -Key $pair.Key -Value $pair.Value
            $written[$pair.Key] = $pair.Value
        }
        $all = (Get-RaftServer -Cluster $Cluster).Server
        Stop-RaftServer -Cluster $Cluster -Server $all -Force -Confirm:$false
        Start-RaftServer -Cluster $Cluster -Server $all
        Wait-RaftCluster -Cluster $Cluster -For Leader -TimeoutSec 30
        $lost = 0
        foreach ($key in $written.Keys) {
            $read = Get-RaftValue -Cluster $Cluster -Key $key -ErrorAction SilentlyContinue
            if ($read.Value -cne $written[$key]) { $lost++ }
        }
        $lost
    }
}

Describe 'Killing all <ServerCount> servers at once, <Preset>' -Tag 'CI', 'Cluster' -ForEach $cases {
    It 'loses no acknowledged write' {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -Option @{ LoseUnsyncedOnKill = $true }
        try { Measure-LostWrite -Cluster $cluster -Count 20 | Should -Be 0 }
        finally { Stop-SuiteCluster -Cluster $cluster }
    }

    It 'would see a skipped flush' {
        $env:RAFTKV_TEST_SKIP_FLUSH = '1'
        try {
            $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -Option @{ LoseUnsyncedOnKill = $true }
            Measure-LostWrite -Cluster $cluster -Count 20 | Should -BeGreaterThan 0
        }
        finally {
            $env:RAFTKV_TEST_SKIP_FLUSH = $null
            Stop-SuiteCluster -Cluster $cluster
        }
    }
}
