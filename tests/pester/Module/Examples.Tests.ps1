# Runs every example of every cmdlet's help as a user would type it, on a live cluster of five that they share. What
# ends its cluster or needs another one gets a small one of its own.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Import.ps1"
    # The servers that an example's own cluster has; 0 where it starts one itself, -1 where it shares the common one.
    function Get-OwnSize([string] $Code) {
        switch -Regex ($Code) {
            # It saves a cluster and makes another of it.
            'Backup-RaftCluster .*-Surviving' { return 1 }
            '(Start|Restore)-RaftCluster|Invoke-RaftExperiment' { return 0 }
            '(Stop|Remove)-RaftCluster' { return 1 }
            # A matrix has as many rows as the cluster has servers; an edit names entries of a log that is new.
            'Set-RaftConnectivity -Matrix|Edit-RaftLog' { return 3 }
        }
        -1
    }
    # What is billed cannot be tried here.
    $all = foreach ($command in Get-Command -Module RaftKv | Where-Object Noun -NotLike 'RaftEC2*') {
        foreach ($example in (Get-Help $command.Name).examples.example) {
            $code = "$($example.code)".Trim()
            @{ Code = $code; OwnSize = Get-OwnSize $code }
        }
    }
    # Members that come and go leave another cluster behind than the others expect: they are last.
    $examples = @($all | Where-Object { $_.Code -notmatch 'RaftMember' }) + @($all | Where-Object { $_.Code -match 'RaftMember' })
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"
    $module = (Get-Module RaftKv).Path
    $orders = "orders-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
    $stage = Join-Path $TestDrive 'stage'
    $null = New-Item -ItemType Directory -Path $stage, "$stage/results/quick", "$stage/results/full"

    # The keys that examples name.
    function Set-Key { @{ color = 'red'; 'user/1' = 'Ada'; 'user/2' = 'Bob'; 'tmp/1' = 'x'; 'tmp/2' = 'y' }.GetEnumerator() | Set-RaftValue }

    # Brings the common cluster back to what an example may expect.
    function Restore-Stage {
        $null = Connect-RaftCluster $orders
        $null = Stop-RaftChaos
        $servers = @(Get-RaftServer)
        $servers | Where-Object Fault -EQ 'paused' | Resume-RaftServer
        $servers | Where-Object Fault -EQ 'stopped' | Start-RaftServer
        Clear-RaftFault
        Wait-RaftCluster -For CaughtUp
        Set-Key
    }

    # Runs an example that has no end: it must show something and then end by being stopped.
    function Watch-Example([string] $Code) {
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try {
            $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $null = $shell.AddScript('param($Module, $Path, $Code) Import-Module $Module; $null = Connect-RaftCluster -Path $Path; & ([scriptblock]::Create($Code))')
            $null = $shell.AddArgument($module).AddArgument("$stage/cluster.json").AddArgument($Code)
            $run = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
            Wait-Until { $output.Count -gt 0 -or $run.IsCompleted }
            $run.IsCompleted | Should -BeFalse
            $shell.Stop()
        }
        finally { $shell.Dispose() }
    }

    # The files that examples name.
    Set-Content "$stage/kv.csv" 'Key,Value', 'csv/1,one', 'csv/2,two'
    Set-Content "$stage/notes.txt" 'first line', 'second line'
    [IO.File]::WriteAllBytes("$stage/config.bin", [byte[]](0..255))
    Copy-Item "$PSScriptRoot/../../RaftKv.Tests/Evaluation/Histories/register/etcd_002.log" "$stage/register.log"
    Set-Content "$stage/README.md" '# Name', '', '## Install'
    Set-Content "$stage/history.jsonl" @(
        '{"process":0,"type":"invoke","f":"put","key":"a","value":"1"}'
        '{"process":0,"type":"ok","f":"put","key":"a","value":"1"}'
    )
}

Describe 'The examples of the help' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll {
        $ErrorActionPreference = 'Stop'
        $ConfirmPreference = 'None'
        # Measured is as little as shows that it works.
        $PSDefaultParameterValues = @{
            'Measure-*:DurationSec' = 0.3; 'Start-RaftChaos:DurationSec' = 0.3; 'Measure-*:WarmupCount' = 1
            'Invoke-RaftExperiment:ServerCount' = 3; 'Invoke-RaftExperiment:ClientCount' = 1
            'Invoke-RaftExperiment:Preset' = 'Default'; 'Invoke-RaftExperiment:RepetitionCount' = 1
            'Measure-RaftElection:Count' = 1; 'Measure-RaftReconnection:Count' = 1
            # Without members that come and go: later examples name the servers that the cluster began with.
            'Start-RaftChaos:Fault' = 'Kill', 'Restart', 'Partition', 'Lossy', 'Slow', 'OneWay'
        }
        $cluster = Start-RaftCluster -Name $orders
        Copy-Item -LiteralPath $cluster.Path -Destination "$stage/cluster.json"
        $null = Backup-RaftCluster "$stage/monday.raftbackup"
        $null = Measure-RaftLatency -Count 5 -OutputPath "$stage/results/quick/latency.csv"
        $null = Measure-RaftThroughput -ClientCount 1 -OutputPath "$stage/results/quick/throughput.csv"
        $null = Invoke-RaftExperiment Latency -OutputPath "$stage/results/quick/Latency.csv"
        Copy-Item "$stage/results/quick/Latency.csv" "$stage/results/full"
        $location = Get-Location
        Set-Location $stage
    }
    AfterAll {
        Set-Location $location
        # By their files: those that the examples stopped and kept are to go, too.
        Get-ChildItem (Split-Path (Split-Path $cluster.Path)) | Where-Object Name -Like "$orders*" | ForEach-Object {
            Remove-RaftCluster $_.Name -Confirm:$false
        }
    }

    It 'run: <Code>' -ForEach $examples {
        $name = $orders
        if ($OwnSize -ge 0) {
            # What it says to all clusters of the session must not reach the common one.
            Get-RaftCluster | Disconnect-RaftCluster
            $name = "$orders-own"
            if ($OwnSize) {
                $null = Start-RaftCluster -ServerCount $OwnSize -Name $name
                Set-Key
            }
        }
        else { Restore-Stage }
        # A server can be started, and its log be edited, only while it is stopped.
        if ($Code -match '^(Start-RaftServer|Edit-RaftLog) (n\d(, n\d)*)') { Stop-RaftServer ($Matches[2] -split ', ') }
        $short = $Code -replace '\borders\b', $name -replace '(-DurationSec|Start-RaftChaos) \d+', '$1 0.3' -replace '-Count 1000', '-Count 100' `
            -replace '-ServerCount 5 -Preset Default -Scale Full', '-Preset Default' -replace 'Sleep 5', 'Sleep 0.1' `
            -replace '-MaxMinutes 30', '-MaxMinutes 0.02'
        try {
            if ($Code -match 'Get-RaftServerLog -Wait$|^Watch-') { Watch-Example $short }
            else {
                $output = @(& ([scriptblock]::Create($short)))
                $output | Out-String | Should -Not -Match '^\s*RaftKv\.' -Because 'what it shows has a view'
                # A command on its own puts out what its declaration says.
                if ($Code -notmatch '[|;=(]') {
                    $declared = (Get-Command (-split $Code)[0]).OutputType.Type
                    foreach ($one in $output) { $one.GetType() | Should -BeIn $declared }
                }
            }
        }
        finally { if ($OwnSize -ge 0) { Get-RaftCluster | Remove-RaftCluster } }
    }
}
