# Ctrl-C ends whatever waits within a second, and nothing outlives the process that started it.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    # Commands that wait while nobody leads: $stuck is a cluster without a majority.
    $waiting = @(
        @{ Command = 'Wait-RaftCluster -For Leader -TimeoutSec 60' }
        @{ Command = 'Set-RaftValue -Key a -Value b -TimeoutSec 60' }
        @{ Command = 'Get-RaftValue -Key a -TimeoutSec 60' }
        @{ Command = 'Remove-RaftValue -Key a -TimeoutSec 60 -Confirm:$false' }
        @{ Command = 'Measure-RaftLatency -Count 100000' }
        @{ Command = 'Measure-RaftThroughput -ClientCount 5 -DurationSec 60' }
        @{ Command = 'Get-RaftServerLog -Server 1 -Wait' }
        @{ Command = 'Watch-RaftCluster -IntervalSec 60' }
    )
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"
    . "$PSScriptRoot/../Shared/Shell.ps1"
    $module = (Get-Module RaftKv).Path | Split-Path
}

Describe 'Stopping a command that waits' -Tag 'CI', 'Cluster' {
    BeforeAll {
        $stuck = Start-RaftCluster -ServerCount 3
        Stop-RaftServer -Cluster $stuck -Server 2, 3 -Force -Confirm:$false
    }
    AfterAll { Stop-RaftCluster -Cluster $stuck -Confirm:$false }

    It 'ends within a second: <Command>' -ForEach $waiting {
        $state = [hashtable]::Synchronized(@{ Running = $null })
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try {
            $null = $shell.AddScript({
                    param($Module, $Path, $Command, $State)
                    Import-Module $Module
                    $null = Connect-RaftCluster -Path $Path
                    $State.Running = [System.Diagnostics.Stopwatch]::StartNew()
                    & ([scriptblock]::Create($Command))
                }).AddArgument($module).AddArgument($stuck.Path).AddArgument($Command).AddArgument($state)
            $run = $shell.BeginInvoke()
            # Half a second in, it is past its own start and inside its wait; stopped at once, it might never have waited.
            Wait-Until -TimeoutSec 20 { $run.IsCompleted -or ($state.Running -and $state.Running.ElapsedMilliseconds -ge 500) }
            $run.IsCompleted | Should -BeFalse -Because 'it must be waiting when it is stopped'
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 1
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        }
        finally { $shell.Dispose() }
    }
}

Describe 'Killing the process that started a cluster' -Tag 'CI', 'Cluster' {
    It 'leaves no server after five seconds' {
        $script = "$TestDrive/owner.ps1"
        $pids = "$TestDrive/pids.txt"
        Set-Content $script @"
Import-Module '$module'
`$cluster = Start-RaftCluster -ServerCount 3
Set-Content '$pids.new' (Get-RaftServer -Cluster `$cluster).ProcessId
Move-Item '$pids.new' '$pids'
[void] [System.Threading.Thread]::CurrentThread.Join(120000)
"@
        $program, $first = Get-ShellCommand
        $owner = Start-Process $program -ArgumentList (@($first) + '-NoProfile', '-File', $script) -PassThru
        try {
            Wait-Until -TimeoutSec 60 { Test-Path $pids }
            $servers = @(Get-Content $pids)
            $servers.Count | Should -Be 3
        }
        finally { Stop-Process -Id $owner.Id -Force }
        Wait-Until -TimeoutSec 5 { -not (Get-Process -Id $servers -ErrorAction SilentlyContinue) }
        @(Get-Process -Id $servers -ErrorAction SilentlyContinue).Count | Should -Be 0
    }
}
