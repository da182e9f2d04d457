# The shell's own runner of the Pester language, under the name and version of what it stands for, so that
# `#requires -Modules Pester` and `Import-Module Pester -MinimumVersion 5.0` find it.
@{
    RootModule           = 'Pester.dll'
    ModuleVersion        = '5.9.0'
    GUID                 = '0c0b7d5e-9f4e-4b57-8d2a-6c1f3a9e2b10'
    Author               = 'The RaftKv maintainers'
    Description          = 'Runs suites written for Pester 5 and 6 where Pester itself cannot be installed.'
    CompatiblePSEditions = @('Core')
    PowerShellVersion    = '7.0'
    CmdletsToExport      = @(
        'Add-PesterBlock',
        'Add-PesterSetup',
        'Add-PesterTest',
        'Assert-Should',
        'Invoke-Pester',
        'Invoke-PesterDiscovery',
        'Invoke-PesterModuleScope',
        'New-PesterConfiguration',
        'New-PesterContainer',
        'Set-ItResult'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @(
        'AfterAll',
        'AfterEach',
        'BeforeAll',
        'BeforeDiscovery',
        'BeforeEach',
        'Context',
        'Describe',
        'InModuleScope',
        'It',
        'Should'
    )
}
