# The shell's own standard commands for data, output and text. The name is that of the module they stand for, so that
# autoloading and module-qualified names work.
@{
    RootModule           = 'Microsoft.PowerShell.Utility.dll'
    ModuleVersion        = '7.0.0.0'
    GUID                 = '4e6a4a0c-3d0f-4d0a-9f57-0c6f4e1b7a11'
    Author               = 'The RaftKv maintainers'
    CompatiblePSEditions = @('Core')
    PowerShellVersion    = '7.0'
    CmdletsToExport      = @(
        'Format-List',
        'Format-Table',
        'Get-Unique',
        'Group-Object',
        'Measure-Command',
        'Measure-Object',
        'Out-File',
        'Out-String',
        'Read-Host',
        'Select-Object',
        'Sort-Object',
        'Write-Debug',
        'Write-Error',
        'Write-Host',
        'Write-Information',
        'Write-Output',
        'Write-Progress',
        'Write-Verbose',
        'Write-Warning'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
}
