@{
    RootModule           = 'RaftKv.dll'
    ModuleVersion        = '{Version}'
    GUID                 = '6d6e1a53-4b25-4f0e-9a3e-5b8c6f0f2d71'
    Author               = 'The RaftKv maintainers'
    CompanyName          = 'The RaftKv maintainers'
    Copyright            = 'Copyright (c) The RaftKv maintainers'
    Description          = 'Starts, uses, breaks and measures clusters of a replicated key-value store built on the Raft consensus algorithm.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('RaftKv.Format.ps1xml')
    TypesToProcess       = @('RaftKv.Types.ps1xml')
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    DscResourcesToExport = @()
    CmdletsToExport      = @(
        'Add-RaftMember'
        'Backup-RaftCluster'
        'Checkpoint-RaftServer'
        'Clear-RaftFault'
        'Compare-RaftLog'
        'Connect-RaftCluster'
        'Disable-RaftServer'
        'Disconnect-RaftCluster'
        'Edit-RaftLog'
        'Enable-RaftServer'
        'Export-RaftFigure'
        'Export-RaftReport'
        'Export-RaftResult'
        'Get-RaftChaos'
        'Get-RaftCluster'
        'Get-RaftConnectivity'
        'Get-RaftExperiment'
        'Get-RaftLeader'
        'Get-RaftLog'
        'Get-RaftOption'
        'Get-RaftServer'
        'Get-RaftServerLog'
        'Get-RaftValue'
        'Invoke-RaftExperiment'
        'Measure-RaftChaos'
        'Measure-RaftElection'
        'Measure-RaftLatency'
        'Measure-RaftReconnection'
        'Measure-RaftThroughput'
        'Move-RaftLeader'
        'New-RaftPartition'
        'Remove-RaftCluster'
        'Remove-RaftMember'
        'Remove-RaftValue'
        'Restart-RaftServer'
        'Restore-RaftCluster'
        'Resume-RaftServer'
        'Set-RaftConnectivity'
        'Set-RaftLink'
        'Set-RaftPartition'
        'Set-RaftValue'
        'Start-RaftChaos'
        'Start-RaftCluster'
        'Start-RaftServer'
        'Stop-RaftChaos'
        'Stop-RaftCluster'
        'Stop-RaftServer'
        'Suspend-RaftServer'
        'Test-RaftLinearizability'
        'Test-RaftLog'
        'Wait-RaftCluster'
        'Watch-RaftCluster'
    )
    PrivateData          = @{
        PSData = @{
            Tags = @('Raft', 'Consensus', 'KeyValue', 'Chaos', 'Benchmark', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
        }
    }
}
