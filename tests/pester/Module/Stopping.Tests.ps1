# Ctrl-C ends whatever waits, and nothing outlives the process that started it.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    # What waits for minutes at least, with a cluster without a majority. Starting a server waits only for its process.
    $waiting = @(
        'Wait-RaftCluster -For Leader -TimeoutSec 3600'
        'Set-RaftValue -Key a -Value b -TimeoutSec 3600'
        'Get-RaftValue -Key a -TimeoutSec 3600'
        'Remove-RaftValue -Key a -TimeoutSec 3600 -Confirm:$false'
        'Measure-RaftLatency -Count 100000'
        'Measure-RaftThroughput -ClientCount 5 -DurationSec 3600'
        'Measure-RaftElection -Confirm:$false'
        'Measure-RaftReconnection -Confirm:$false'
        'Measure-RaftChaos -DurationSec 3600 -HistoryPath (Join-Path $folder history.jsonl)'
        'Invoke-RaftExperiment Latency -Cluster $stuck -OutputPath (Join-Path $folder latency.csv) -Confirm:$false'
        'Move-RaftLeader'
        'Remove-RaftMember 3 -Confirm:$false'
        'Add-RaftMember -TimeoutSec 600'
        'Start-RaftCluster -ServerCount 3 -TimeoutSec 3600 -Option @{ ElectionTimeoutLowerMs = 60000; ElectionTimeoutUpperMs = 60000 }'
        'Restore-RaftCluster (Join-Path $folder a.raftbackup) -TimeoutSec 3600 -Option @{ ElectionTimeoutLowerMs = 60000; ElectionTimeoutUpperMs = 60000 }'
        'Get-RaftServerLog -Server 1 -Wait'
        'Watch-RaftCluster -IntervalSec 3600'
    ) | ForEach-Object { @{ Command = $_ } }
    $interrupts = [Environment]::OSVersion.Platform -ne 'Win32NT'
    if (-not $interrupts) { Write-Host 'Skipped: on Windows no process can press Ctrl-C for another one.' }
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

    It 'ends it: <Command>' -ForEach ($waiting | Where-Object { $_.Command -notmatch '^(Add-RaftMember|Start-RaftCluster|Restore-RaftCluster)' }) {
        $state = [hashtable]::Synchronized(@{ Since = $null })
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        try {
            $null = $shell.AddScript({
                    param($Module, $Path, $Command, $State, $Folder)
                    Import-Module $Module
                    $stuck = Connect-RaftCluster -Path $Path
                    $State.Since = [System.Diagnostics.Stopwatch]::StartNew()
                    & ([scriptblock]::Create($Command))
                }).AddArgument($module).AddArgument($stuck.Path).AddArgument($Command).AddArgument($state).AddArgument("$TestDrive")
            $run = $shell.BeginInvoke()
            # A moment in, it is past its own start and inside its wait; stopped at once, it might never have waited.
            Wait-Until { $run.IsCompleted -or ($state.Since -and $state.Since.ElapsedMilliseconds -ge 300) }
            $run.IsCompleted | Should -BeFalse -Because 'it must be waiting when it is stopped'
            $stopping = $shell.BeginStop($null, $null)
            Wait-Until { $stopping.IsCompleted } -Because 'Stop had no effect'
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        }
        finally { $shell.Dispose() }
    }
}

Describe 'Ctrl-C at a prompt' -Tag 'CI', 'Cluster' -Skip:(-not $interrupts) {
    BeforeAll {
        # A session as in a terminal, where Ctrl-C goes to every process of the group in front.
        $shell = Get-ShellCommand
        $line = @($shell.Program) + $shell.First + '-NoProfile', '-NoLogo'
        if ($IsLinux) { $line = @('env', '--default-signal=INT') + $line }
        $start = [Diagnostics.ProcessStartInfo]::new($line[0], [string[]] $line[1..($line.Count - 1)])
        $start.RedirectStandardInput = $true; $start.RedirectStandardOutput = $true; $start.UseShellExecute = $false
        $start.Environment['NO_COLOR'] = '1'
        $session = [Diagnostics.Process]::Start($start)

        # Types a line and gives all that the session writes until a line that is the mark, which the typed text is not.
        function Send-Line([string] $Text, [string] $Mark) {
            $session.StandardInput.WriteLine($Text.Replace('<mark>', "'$($Mark[0])' + '$($Mark.Substring(1))'"))
            $lines = [System.Collections.Generic.List[string]]::new()
            while ($true) {
                $next = $session.StandardOutput.ReadLineAsync()
                if (-not $next.Wait(120000)) { throw "No '$Mark' came, only: $($lines -join ' | ')" }
                if ($null -eq $next.Result) { throw "The session ended before '$Mark': $($lines -join ' | ')" }
                if ($next.Result -ceq $Mark) { return $lines }
                $lines.Add($next.Result)
            }
        }
        $null = Send-Line "Import-Module '$module'; `$folder = '$TestDrive'; `$stuck = Start-RaftCluster -ServerCount 3; `$null = Backup-RaftCluster (Join-Path `$folder a.raftbackup); Stop-RaftServer 2, 3 -Force -Confirm:`$false; <mark>" 'ready'
        $before = @(Send-Line '(Get-RaftServer -Cluster $stuck -Server 1).ProcessId; <mark>' 'known')[-1]
    }
    AfterAll {
        if ($session -and -not $session.HasExited) {
            $session.StandardInput.WriteLine('Get-RaftCluster | Stop-RaftCluster -Confirm:$false; exit 7')
            $session.StandardInput.Close()
            $null = $session.StandardOutput.ReadToEndAsync()
            if (-not $session.WaitForExit(120000)) { $session.Kill($true) }
        }
    }

    It 'is tried with every command that has a time limit or measures' -ForEach @{ Tried = @($waiting | ForEach-Object { ($_.Command -split ' ')[0] }) } {
        $having = Get-Command -Module RaftKv | Where-Object { $_.Parameters.ContainsKey('TimeoutSec') -or $_.Verb -eq 'Measure' } | ForEach-Object Name
        @($having | Where-Object { $_ -notin 'Start-RaftServer', 'Restart-RaftServer' -and $_ -notin $Tried }) | Should -BeNullOrEmpty
    }

    It 'gives the prompt back: <Command>' -ForEach $waiting {
        $null = Send-Line "<mark>; $Command; 'ran on'" 'begun'
        Start-Moment
        & kill -INT $session.Id
        Send-Line '<mark>' 'again' | Should -Not -Contain 'ran on'
    }

    It 'leaves servers and session alone' {
        @(Send-Line '(Get-RaftServer -Cluster $stuck -Server 1).ProcessId; <mark>' 'last')[-1] | Should -Be $before
        if ($IsLinux) {
            # Fields behind the name: state, parent, group.
            $group = ((Get-Content "/proc/$before/stat") -replace '^.*\) ' -split ' ')[2]
            $group | Should -Not -Be ((Get-Content "/proc/$($session.Id)/stat") -replace '^.*\) ' -split ' ')[2] -Because 'Ctrl-C in a terminal must not reach the servers'
        }
        @(Send-Line '@(Get-RaftCluster).Count; <mark>' 'count')[-1] | Should -Be '1' -Because 'a cluster that was not started is not there'
        $session.StandardInput.WriteLine('Stop-RaftCluster -Cluster $stuck -Confirm:$false; exit 7')
        $null = $session.StandardOutput.ReadToEndAsync()
        $session.WaitForExit(120000) | Should -BeTrue
        $session.ExitCode | Should -Be 7
    }
}

Describe 'Killing the process that started a cluster' -Tag 'CI', 'Cluster' {
    It 'leaves no server behind' {
        $script = "$TestDrive/owner.ps1"
        $pids = "$TestDrive/pids.txt"
        Set-Content $script @"
Import-Module '$module'
`$cluster = Start-RaftCluster -ServerCount 3
Set-Content '$pids.new' (Get-RaftServer -Cluster `$cluster).ProcessId
Move-Item '$pids.new' '$pids'
[void] [System.Threading.Thread]::CurrentThread.Join(120000)
"@
        $shell = Get-ShellCommand
        $owner = Start-Process $shell.Program -ArgumentList ($shell.First + @('-NoProfile', '-File', $script)) -PassThru
        try {
            Wait-Until { Test-Path $pids }
            $servers = @(Get-Content $pids)
            $servers.Count | Should -Be 3
        }
        finally { Stop-Process -Id $owner.Id -Force }
        Wait-Until { -not (Get-Process -Id $servers -ErrorAction SilentlyContinue) }
        @(Get-Process -Id $servers -ErrorAction SilentlyContinue).Count | Should -Be 0
    }
}
