# Runs every example of every cmdlet's help as a user would type it, on a live cluster of five.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Import.ps1"
    # What is billed cannot be tried here.
    $examples = foreach ($command in Get-Command -Module RaftKv | Where-Object Noun -NotLike 'RaftEC2*') {
        foreach ($example in (Get-Help $command.Name).examples.example) { @{ Code = "$($example.code)".Trim() } }
    }
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Wait.ps1"
    $module = (Get-Module RaftKv).Path
    $suffix = [guid]::NewGuid().ToString('n').Substring(0, 8)
    $orders = "orders-$suffix"
    $stage = Join-Path $TestDrive 'stage'
    $null = New-Item -ItemType Directory -Path $stage, "$stage/results/quick"

    # What the examples call by name is there: files, keys, and the cluster 'orders', named so that no other is meant.
    function Initialize-Stage([int] $Count) {
        Get-RaftCluster | Where-Object Name -NE $orders | Stop-RaftCluster
        if (Get-RaftCluster -All | Where-Object Name -EQ $orders) { Remove-RaftCluster $orders }
        $cluster = Start-RaftCluster -ServerCount $Count -Name $orders -DataPath "$stage/data-$([guid]::NewGuid().ToString('n'))"
        Copy-Item -LiteralPath $cluster.Path -Destination "$stage/cluster.json" -Force
        $cluster
    }

    # Brings the cluster back to what an example may expect; a new one where the last example left too little of it.
    function Restore-Stage([int] $Count) {
        try {
            $null = Connect-RaftCluster $orders
            Get-RaftCluster | Where-Object Name -NE $orders | Stop-RaftCluster
            $servers = @(Get-RaftServer)
            if ($servers.Count -ne $Count -or -not ($servers.ProcessId -gt 0)) { throw 'It has another size, or was stopped.' }
            Get-RaftServer | Where-Object Fault -EQ 'paused' | Resume-RaftServer
            Get-RaftServer | Where-Object Fault -EQ 'stopped' | Start-RaftServer
            Clear-RaftFault
            Wait-RaftCluster -For CaughtUp -TimeoutSec 10
        }
        catch { $null = Initialize-Stage $Count }
        Get-RaftValue -Prefix '' | Remove-RaftValue
        @{ color = 'red'; 'user/1' = 'Ada'; 'user/2' = 'Bob'; 'tmp/1' = 'x'; 'tmp/2' = 'y' }.GetEnumerator() | Set-RaftValue
        Wait-RaftCluster -For CaughtUp
    }

    Set-Content "$stage/kv.csv" 'Key,Value', 'csv/1,one', 'csv/2,two'
    [IO.File]::WriteAllBytes("$stage/config.bin", [byte[]](0..255))
    Copy-Item "$PSScriptRoot/../../RaftKv.Tests/Evaluation/Histories/register/etcd_002.log" "$stage/register.log"
    Set-Content "$stage/history.jsonl" @(
        '{"process":0,"type":"invoke","f":"put","key":"a","value":"1"}'
        '{"process":0,"type":"ok","f":"put","key":"a","value":"1"}'
    )
}

Describe 'The examples of the help' -Tag 'CI', 'Cluster', 'Chaos' {
    BeforeAll {
        $ErrorActionPreference = 'Stop'
        $ConfirmPreference = 'None'
        $null = Initialize-Stage 5
        $null = Measure-RaftLatency -Count 5 -OutputPath "$stage/results/quick/latency.csv"
        $null = Measure-RaftThroughput -ClientCount 1 -DurationSec 0.2 -OutputPath "$stage/results/quick/throughput.csv"
        $location = Get-Location
        Set-Location $stage
    }
    AfterAll {
        Set-Location $location
        Get-RaftCluster -All | Where-Object Name -EQ $orders | Remove-RaftCluster -Confirm:$false
        Get-RaftCluster | Stop-RaftCluster -Confirm:$false
    }

    It 'run: <Code>' -ForEach $examples {
        # An edit names entries by their index: a fresh cluster has seven, all of term 1.
        if ($Code -match 'Edit-RaftLog') { $null = Initialize-Stage 5 }
        # A matrix has as many rows as the cluster has servers; everything else is written for five.
        Restore-Stage $(if ($Code -match '-Matrix @\(1,1,0\)') { 3 } else { 5 })
        if ($Code -match '^[^#]*\bStart-RaftCluster\b.*-Name orders') { Remove-RaftCluster $orders }
        # A server can be started, and its log be edited, only while it is stopped.
        if ($Code -match '^(Start-RaftServer|Edit-RaftLog) (n\d(, n\d)*)') { Stop-RaftServer ($Matches[2] -split ', ') }
        $short = $Code -replace '\borders\b', $orders -replace '-DurationSec \d+', '-DurationSec 0.3'
        $PSDefaultParameterValues = @{ 'Measure-*:DurationSec' = 0.3 }
        if ($Code -match '-Wait$|^Watch-') {
            # It has no end: it must show something and then end by being stopped.
            $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
            try {
                $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
                $null = $shell.AddScript('param($Module, $Path, $Code) Import-Module $Module; $null = Connect-RaftCluster -Path $Path; & ([scriptblock]::Create($Code))')
                $null = $shell.AddArgument($module).AddArgument("$stage/cluster.json").AddArgument($short)
                $run = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
                Wait-Until -TimeoutSec 20 { $output.Count -gt 0 -or $run.IsCompleted }
                $run.IsCompleted | Should -BeFalse
                $shell.Stop()
            }
            finally { $shell.Dispose() }
        }
        else {
            $output = @(& ([scriptblock]::Create($short)))
            $output | Out-String | Should -Not -Match '^\s*RaftKv\.' -Because 'what it shows has a view'
        }
    }
}
