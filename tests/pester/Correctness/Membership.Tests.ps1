# A running cluster of three grows to five and shrinks back, the leader included, while it is written to: every
# acknowledged write is there at the end, and each server that stays knows the same members.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"
    . "$PSScriptRoot/../Shared/Suite.ps1"
}

Describe 'Members of a running cluster' -Tag 'CI', 'Cluster' {
    BeforeAll {
        $cluster = Start-RaftCluster -ServerCount 3
        $acknowledged = @{}

        $shared = (Resolve-Path "$PSScriptRoot/../Shared").Path

        # Runs a change beside a writer, with some writes before and after it, and returns what the change put out. What
        # was acknowledged is remembered. The change is text, because a runspace of its own must read it again.
        function Write-During([string] $Change) {
            $state = [hashtable]::Synchronized(@{ Count = 0; Stop = $false })
            $output = @('write', 'change' | ForEach-Object -Parallel {
                    . (Join-Path $using:shared 'Import.ps1')
                    . (Join-Path $using:shared 'Wait.ps1')
                    $cluster = $using:cluster
                    $state = $using:state
                    if ($_ -eq 'change') {
                        try {
                            Wait-Until { $state.Count -ge 3 }
                            & ([scriptblock]::Create($using:Change))
                            $before = $state.Count
                            Wait-Until { $state.Count -ge $before + 3 }
                        }
                        finally { $state.Stop = $true }
                        return
                    }
                    $run = [guid]::NewGuid().ToString('n')
                    while (-not $state.Stop) {
                        $pair = [pscustomobject]@{ WrittenKey = "members/$run/$($state.Count)"; Value = "$($state.Count)"; Failure = '' }
                        Set-RaftValue -Cluster $cluster -Key $pair.WrittenKey -Value $pair.Value -ErrorAction SilentlyContinue -ErrorVariable failure
                        if ($failure) { $pair.Failure = $failure[0].FullyQualifiedErrorId }
                        $pair
                        $state.Count++
                    }
                })
            $written = @($output | Where-Object { $_.PSObject.Properties['WrittenKey'] })
            @($written | Where-Object Failure | ForEach-Object Failure) | Should -BeNullOrEmpty
            foreach ($pair in $written) { $acknowledged[$pair.WrittenKey] = $pair.Value }
            $output | Where-Object { -not $_.PSObject.Properties['WrittenKey'] }
        }
    }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }

    It 'grows from three to five while it is written to' {
        $added = @(Write-During 'Add-RaftMember -Cluster $cluster; Add-RaftMember -Cluster $cluster')
        $added.Name | Should -Be @('n4', 'n5')
        $added.Membership | Should -Be @('Voter', 'Voter')
        $cluster.ServerCount | Should -Be 5
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        @(Get-RaftServer -Cluster $cluster | Where-Object Membership -EQ 'Voter').Name | Should -Be @('n1', 'n2', 'n3', 'n4', 'n5')
    }

    It 'is in the cluster file, for other sessions' {
        (Get-Content $cluster.Path -Raw | ConvertFrom-Json).servers.name | Should -Be @('n1', 'n2', 'n3', 'n4', 'n5')
    }

    It 'needs three of the five now: two of the old ones cannot decide alone' {
        Get-RaftServer -Cluster $cluster n3, n4, n5 | Stop-RaftServer -Force
        try {
            $null = Set-RaftValue -Cluster $cluster -Key members/minority -Value x -TimeoutSec 2 -ErrorAction SilentlyContinue -ErrorVariable failure
            $failure[0].FullyQualifiedErrorId | Should -Match '^(NoLeader|WriteOutcomeUnknown),'
        }
        finally {
            Get-RaftServer -Cluster $cluster | Where-Object Fault -EQ 'stopped' | Start-RaftServer
            Wait-RaftCluster -Cluster $cluster -For CaughtUp
        }
    }

    It 'keeps a learner that does not vote, until it is told to' {
        $learner = Add-RaftMember -Cluster $cluster -Learner
        $learner.Name | Should -Be 'n6'
        $learner.Membership | Should -Be 'Learner'
        (Move-RaftLeader -Server $learner -ErrorAction SilentlyContinue -ErrorVariable failure) | Should -BeNullOrEmpty
        $failure[0].FullyQualifiedErrorId | Should -BeExactly 'ServerNotFound,RaftKv.Commands.MoveRaftLeaderCommand'
        ($learner | Add-RaftMember).Membership | Should -Be 'Voter'
        $learner | Remove-RaftMember -Confirm:$false
    }

    It 'shrinks back to three while it is written to, the leader included' {
        $led = @(Write-During @'
            foreach ($round in 1..2) {
                $leader = Get-RaftLeader -Cluster $cluster
                $leader | Remove-RaftMember -Confirm:$false
                Wait-RaftCluster -Cluster $cluster -For Leader
                $leader
            }
'@)
        $led.Count | Should -Be 2
        $led[1].Name | Should -Not -Be $led[0].Name
        @(Get-RaftServer -Cluster $cluster | Where-Object Name -In $led.Name).Count | Should -Be 0
        $cluster.ServerCount | Should -Be 3
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        @(Get-RaftServer -Cluster $cluster | Where-Object Membership -EQ 'Voter').Count | Should -Be 3
    }

    It 'gives no id again' {
        (Add-RaftMember -Cluster $cluster).Name | Should -Be 'n7'
        Remove-RaftMember -Cluster $cluster -Server n7 -Confirm:$false
    }

    It 'has lost no acknowledged write, and all servers have the same state' {
        $acknowledged.Count | Should -BeGreaterThan 10
        $found = @{}
        Get-RaftValue -Cluster $cluster -Prefix members/ | ForEach-Object { $found[$_.Key] = $_.Value }
        foreach ($key in $acknowledged.Keys) { $found[$key] | Should -BeExactly $acknowledged[$key] }
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        @(Get-RaftServer -Cluster $cluster | ForEach-Object StateHash | Select-Object -Unique).Count | Should -Be 1
    }
}

Describe 'Members of a cluster that was stopped' -Tag 'CI', 'Cluster' {
    It 'are those that it was left with' {
        $path = Join-Path ([IO.Path]::GetTempPath()) "raftkv-members-$([guid]::NewGuid().ToString('n'))"
        $name = "members-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
        $cluster = Start-RaftCluster -ServerCount 1 -Name $name -DataPath $path
        try {
            $null = Add-RaftMember -Cluster $cluster
            $null = Add-RaftMember -Cluster $cluster
            Remove-RaftMember -Cluster $cluster -Server n1 -Confirm:$false
            Test-Path (Join-Path $path n1) | Should -BeTrue -Because 'the data of a removed server is kept'
            Set-RaftValue -Cluster $cluster -Key members/kept -Value here
            Stop-RaftCluster -Cluster $cluster
            $cluster = Start-RaftCluster -ServerCount 2 -Name $name -DataPath $path
            (Get-RaftServer -Cluster $cluster).Name | Should -Be @('n2', 'n3')
            (Get-RaftValue -Cluster $cluster -Key members/kept).Value | Should -Be 'here'
        }
        finally {
            Remove-RaftCluster -Cluster $cluster -Confirm:$false
            if (Test-Path $path) { Remove-Item -Path $path -Recurse -Force }
        }
    }
}
