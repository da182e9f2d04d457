# An acknowledged write survives the loss of every process at once, with a disk that really loses what was not flushed.
# The last context plants the bug that this suite exists for - a skipped flush - and demands that it shows: without that,
# a kill test passes with fsync deleted. Always on clusters of its own: their disks are special.
# In between all servers are killed round after round while clients use the cluster: at full scale 20 rounds, with 3 servers
# and with 5, histories in results/quick:
#   dotnet run -c Release --project PSModule/Shell -- Evaluation/FullCorrectness.ps1 -Suite Durability
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath, [int] $Round = 0)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Suite.ps1"
    if (-not $ServerCount -and $Scale -eq 'Full') { $ServerCount = 3, 5 }
    if (-not $Round) { $Round = if ($Scale -eq 'Full') { 20 } else { 2 } }
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -Among Default | ForEach-Object { $_ + @{ Round = $Round } })
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
        Wait-RaftCluster -Cluster $Cluster -For Leader
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

    It 'loses nothing, doubles nothing and stays linearizable through <Round> rounds under load' {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -Option @{ LoseUnsyncedOnKill = $true; SnapshotThresholdEntries = 500; SnapshotTrailingEntries = 50 }
        $history = "$PSScriptRoot/../../../results/quick/durability-$ServerCount.jsonl"
        $killed = 0
        $answered = 0
        try {
            # A round is at most 4 s: as many as are left, and again where a slow machine did fewer. One that is too slow to
            # serve between two rounds serves after the last.
            foreach ($pass in 1..20) {
                $duration = 4 * [Math]::Max(0, [Math]::Min(10, $Round - $killed)) + 2
                $kills = $killed -lt $Round
                if ($kills) { $null = Start-RaftChaos -Cluster $cluster -Fault KillAll -DurationSec $duration }
                $run = Measure-RaftChaos -Cluster $cluster -ClientCount 20 -DurationSec $duration -HistoryPath $history
                $steps = @(if ($kills) { Stop-RaftChaos -Cluster $cluster -Confirm:$false })
                $steps.Error | Where-Object { $_ } | Should -BeNullOrEmpty
                $killed += $steps.Count
                $answered += $run.Completed
                $verdict = Test-RaftLinearizability -Path $history -Detailed
                Write-Host "      $ServerCount servers killed $killed times of $Round, $($run.Completed) operations answered, $($run.Unknown) of unknown outcome: $($verdict.Verdict)"
                $verdict.Verdict | Should -Be 'Linearizable' -Because "$($verdict.Window)"
                $run.WrongVersion | Should -BeNullOrEmpty
                if ($killed -ge $Round -and $answered -gt 100) { break }
            }
            $killed | Should -BeGreaterOrEqual $Round
            $answered | Should -BeGreaterThan 100
            Wait-RaftCluster -Cluster $cluster -For CaughtUp
            Wait-Until { @((Get-RaftServer -Cluster $cluster).AppliedIndex | Select-Object -Unique).Count -eq 1 }
            @((Get-RaftServer -Cluster $cluster).StateHash | Select-Object -Unique).Count | Should -Be 1
        }
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
