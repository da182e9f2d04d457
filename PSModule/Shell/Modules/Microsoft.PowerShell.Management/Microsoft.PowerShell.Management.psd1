# The shell's own standard commands for items, paths and processes. The name is that of the module they stand for, so that
# autoloading and module-qualified names work.
@{
    RootModule           = 'Microsoft.PowerShell.Management.dll'
    ModuleVersion        = '7.0.0.0'
    GUID                 = 'b7a5be0d-4d3b-4a6e-8c4e-3f4f6d0e5c22'
    Author               = 'The RaftKv maintainers'
    CompatiblePSEditions = @('Core')
    PowerShellVersion    = '7.0'
    CmdletsToExport      = @(
        'Add-Content',
        'Clear-Content',
        'Clear-Item',
        'Convert-Path',
        'Copy-Item',
        'Get-ChildItem',
        'Get-Content',
        'Get-Item',
        'Get-ItemProperty',
        'Get-Location',
        'Get-PSDrive',
        'Get-Process',
        'Join-Path',
        'Move-Item',
        'New-Item',
        'New-PSDrive',
        'Pop-Location',
        'Push-Location',
        'Remove-Item',
        'Remove-PSDrive',
        'Rename-Item',
        'Resolve-Path',
        'Set-Content',
        'Set-Item',
        'Set-ItemProperty',
        'Set-Location',
        'Split-Path',
        'Start-Process',
        'Stop-Process',
        'Test-Path',
        'Wait-Process'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
}
