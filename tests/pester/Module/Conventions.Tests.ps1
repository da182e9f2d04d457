# Rules that every cmdlet keeps, checked for all of them in loops, so that a new one cannot be half finished.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Import.ps1"
    $cmdlets = Get-Command -Module RaftKv | ForEach-Object { @{ Name = $_.Name } }
    $topics = 'about_RaftKv', 'about_RaftKv_Chaos', 'about_RaftKv_Clusters', 'about_RaftKv_Consistency', 'about_RaftKv_Experiments' |
        ForEach-Object { @{ Name = $_ } }
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters
    $module = Get-Module RaftKv
}

Describe 'The help of <Name>' -Tag 'CI' -ForEach $cmdlets {
    BeforeAll {
        $command = Get-Command $Name
        $help = Get-Help $Name -Full
    }

    It 'has a synopsis that is a sentence, not the syntax' {
        $help.Synopsis.Trim() | Should -Match '\.$'
        $help.Synopsis | Should -Not -Match '\['
    }

    It 'has a description' {
        ($help.description | ForEach-Object Text) -join '' | Should -Not -BeNullOrEmpty
    }

    It 'has two examples, each with code that runs the command and with remarks' {
        $examples = @($help.examples.example)
        $examples.Count | Should -BeGreaterOrEqual 2
        foreach ($example in $examples) {
            $example.code | Should -Match $Name
            ($example.remarks | ForEach-Object Text) -join '' | Should -Not -BeNullOrEmpty
        }
    }

    It 'describes every parameter and no other' {
        $expected = @($command.Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object)
        $described = @($help.parameters.parameter | Where-Object { ($_.description | ForEach-Object Text) -join '' })
        @($described.name | Sort-Object) | Should -Be $expected
    }
}

Describe 'The shape of <Name>' -Tag 'CI' -ForEach $cmdlets {
    BeforeAll { $command = Get-Command $Name }

    It 'has an approved verb' {
        (Get-Verb | Where-Object Verb -EQ $command.Verb) | Should -Not -BeNullOrEmpty
    }

    It 'says what it puts out' {
        @($command.OutputType).Count | Should -BeGreaterThan 0
    }

    It 'completes its -Cluster and -Server' {
        foreach ($parameter in 'Cluster', 'Server') {
            if (-not $command.Parameters.ContainsKey($parameter)) { continue }
            $completers = @($command.Parameters[$parameter].Attributes | Where-Object { $_ -is [System.Management.Automation.ArgumentCompleterAttribute] })
            $completers.Count | Should -Be 1 -Because "-$parameter picks from a set"
        }
    }
}

Describe 'The topic <Name>' -Tag 'CI' -ForEach $topics {
    It 'is found' {
        Get-Help $Name | Out-String | Should -Match 'LONG DESCRIPTION'
    }

    It 'fits a screen of 80 columns and begins as topics do' {
        $lines = @(Get-Content (Join-Path $module.ModuleBase "en-US/$Name.help.txt"))
        $lines[0] | Should -BeExactly 'TOPIC'
        $lines[1].Trim() | Should -BeExactly $Name
        $lines[3] | Should -BeExactly 'SHORT DESCRIPTION'
        @($lines | Where-Object Length -GT 80).Count | Should -Be 0
    }
}

Describe 'What -WhatIf changes' -Tag 'CI', 'Cluster' {
    BeforeAll {
        $cluster = Start-RaftCluster -ServerCount 3
        Set-RaftValue whatif before
        $folder = Join-Path ([IO.Path]::GetTempPath()) "raftkv-whatif-$([guid]::NewGuid().ToString('n'))"
        $null = New-Item -ItemType Directory -Path $folder
        $csv = Join-Path $folder 'latency.csv'
        $null = Measure-RaftLatency -Count 5 -OutputPath $csv
        $backup = (Backup-RaftCluster (Join-Path $folder 'before.raftbackup')).Path
        Wait-RaftCluster -For CaughtUp

        function Get-State {
            $servers = (Get-RaftServer | ForEach-Object { "$($_.Name) $($_.Fault) $($_.ProcessId) $($_.LastIndex)" }) -join '; '
            $links = (Get-RaftConnectivity).Row -join '; '
            $clusters = (Get-RaftCluster).Name -join '; '
            "$servers | $links | $clusters | $((Get-RaftValue whatif).Value) | $(@(Get-ChildItem $folder).Count)"
        }
        $calls = @{
            'Add-RaftMember'     = { Add-RaftMember -WhatIf }
            'Backup-RaftCluster' = { Backup-RaftCluster (Join-Path $folder 'a.raftbackup') -WhatIf; Backup-RaftCluster (Join-Path $folder 'a.raftbackup') -Surviving -WhatIf }
            'Clear-RaftFault'    = { Clear-RaftFault -WhatIf }
            'Disable-RaftServer' = { Disable-RaftServer n1 -WhatIf }
            'Edit-RaftLog'       = { Edit-RaftLog n1 -Term 99 -WhatIf }
            'Enable-RaftServer'  = { Enable-RaftServer n1 -WhatIf }
            'Export-RaftFigure'  = { Export-RaftFigure $csv (Join-Path $folder 'latency.png') -WhatIf }
            'Export-RaftReport'  = { Export-RaftReport $folder $folder -WhatIf }
            'Export-RaftResult'  = { @{ Metric = 'Elapsed'; Value = 1; Unit = 's' } | Export-RaftResult (Join-Path $folder 'result.csv') -WhatIf }
            'Invoke-RaftExperiment' = { Invoke-RaftExperiment Latency -OutputPath (Join-Path $folder 'experiment.csv') -WhatIf }
            'Measure-RaftChaos'  = { Measure-RaftChaos -HistoryPath (Join-Path $folder 'history.jsonl') -WhatIf }
            'Measure-RaftLatency' = { Measure-RaftLatency -OutputPath (Join-Path $folder 'latency.csv') -WhatIf }
            'Measure-RaftThroughput' = { Measure-RaftThroughput -OutputPath (Join-Path $folder 'throughput.csv') -WhatIf }
            'Measure-RaftElection' = { Measure-RaftElection -OutputPath (Join-Path $folder 'election.csv') -WhatIf }
            'Measure-RaftReconnection' = { Measure-RaftReconnection -OutputPath (Join-Path $folder 'reconnection.csv') -WhatIf }
            'Move-RaftLeader'    = { Move-RaftLeader n1 -WhatIf }
            'Checkpoint-RaftServer' = { Checkpoint-RaftServer n1 -WhatIf; Checkpoint-RaftServer n1 -Path (Join-Path $folder 'n1.raftbackup') -WhatIf }
            'Remove-RaftCluster' = { Remove-RaftCluster -WhatIf }
            'Remove-RaftMember'  = { Remove-RaftMember n3 -WhatIf }
            'Remove-RaftValue'   = { Remove-RaftValue whatif -WhatIf }
            'Restart-RaftServer' = { Restart-RaftServer n1 -WhatIf }
            'Restore-RaftCluster' = { Restore-RaftCluster $backup -WhatIf }
            'Resume-RaftServer'  = { Resume-RaftServer n1 -WhatIf }
            'Set-RaftConnectivity' = { Set-RaftConnectivity @() -WhatIf }
            'Set-RaftLink'       = { Set-RaftLink n1 n2 -Blocked -WhatIf }
            'Set-RaftPartition'  = { Set-RaftPartition 1 -WhatIf }
            'Set-RaftValue'      = { Set-RaftValue whatif after -WhatIf }
            'Start-RaftChaos'    = { Start-RaftChaos 1 -WhatIf }
            'Start-RaftCluster'  = { Start-RaftCluster -ServerCount 1 -WhatIf }
            'Start-RaftServer'   = { Start-RaftServer n1 -WhatIf }
            'Stop-RaftChaos'     = { Stop-RaftChaos -WhatIf }
            'Stop-RaftCluster'   = { Stop-RaftCluster -WhatIf }
            'Stop-RaftServer'    = { Stop-RaftServer n1 -Force -WhatIf }
            'Suspend-RaftServer' = { Suspend-RaftServer n1 -WhatIf }
        }
    }
    AfterAll {
        if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false }
        if ($folder) { Remove-Item -Path $folder -Recurse -Force }
    }

    It 'is tried for every cmdlet that has it' {
        $having = @(Get-Command -Module RaftKv | Where-Object { $_.Parameters.ContainsKey('WhatIf') } | ForEach-Object Name | Sort-Object)
        @($calls.Keys | Sort-Object) | Should -Be $having
    }

    It 'is nothing' {
        $before = Get-State
        foreach ($name in $calls.Keys) {
            $output = & $calls[$name]
            $output | Should -BeNullOrEmpty -Because "$name -WhatIf"
            Get-State | Should -BeExactly $before -Because "$name -WhatIf"
        }
    }
}

Describe 'Completion' -Tag 'CI', 'Cluster' {
    BeforeAll {
        $cluster = Start-RaftCluster -ServerCount 3 -Name "complete-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
        Set-RaftValue complete/one 1x
        Set-RaftValue 'complete/two words' 2x
        function Get-Completion([string] $Line) {
            @([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches | ForEach-Object CompletionText)
        }
    }
    AfterAll { if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false } }

    It 'offers servers by name' { Get-Completion 'Stop-RaftServer ' | Should -Be @('n1', 'n2', 'n3') }
    It 'offers servers of a named cluster' { Get-Completion "Get-RaftServer -Cluster $($cluster.Name) -Server n" | Should -Be @('n1', 'n2', 'n3') }
    It 'offers clusters by name' { Get-Completion 'Get-RaftServer -Cluster comp' | Should -Contain $cluster.Name }
    It 'offers keys, quoted where needed' { Get-Completion 'Get-RaftValue complete/' | Should -Be @('complete/one', "'complete/two words'") }
    It 'offers goals of a wait' { Get-Completion 'Wait-RaftCluster -For ' | Should -Be @('CaughtUp', 'Leader', 'Ready') }
}
