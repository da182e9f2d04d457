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
        'Add-Member',
        'Clear-Variable',
        'Compare-Object',
        'ConvertFrom-Csv',
        'ConvertFrom-Json',
        'ConvertFrom-StringData',
        'ConvertTo-Csv',
        'ConvertTo-Json',
        'Export-Csv',
        'Format-List',
        'Format-Table',
        'Get-Alias',
        'Get-Date',
        'Get-Member',
        'Get-Random',
        'Get-Unique',
        'Get-Variable',
        'Get-Verb',
        'Group-Object',
        'Import-Csv',
        'Import-PowerShellDataFile',
        'Invoke-Expression',
        'Join-String',
        'Measure-Command',
        'Measure-Object',
        'New-Alias',
        'New-Guid',
        'New-Object',
        'New-TemporaryFile',
        'New-TimeSpan',
        'New-Variable',
        'Out-File',
        'Out-String',
        'Read-Host',
        'Remove-Alias',
        'Remove-Variable',
        'Select-Object',
        'Select-String',
        'Set-Alias',
        'Set-Variable',
        'Sort-Object',
        'Start-Sleep',
        'Tee-Object',
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
