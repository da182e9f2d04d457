<#
.SYNOPSIS
    Runs the correctness suites of the published evaluation's section 4.1 at full scale: 5, 11, 17, 23 and 31 servers, both presets.
.DESCRIPTION
    Each suite starts its clusters one after the other, leaves nothing running, and writes its rows to results/full. Hours
    for everything; a suite or a server count alone takes minutes. What cannot run on this machine says so and is skipped.
    The exit code is 1 when something does not hold.
.EXAMPLE
    dotnet run -c Release --project PSModule/Shell -- Evaluation/FullCorrectness.ps1
.EXAMPLE
    dotnet run -c Release --project PSModule/Shell -- Evaluation/FullCorrectness.ps1 -Suite KillLeader,Get -ServerCount 11 -Preset Default
#>
[CmdletBinding()]
param(
    # The suites by name, with wildcards.
    [string[]] $Suite = '*',
    # Server counts in place of those that each suite runs at full scale.
    [string[]] $ServerCount,
    # Presets in place of both.
    [string[]] $Preset,
    # A running cluster to use instead: its cluster file.
    [string] $ClusterPath
)
$ErrorActionPreference = 'Stop'
$data = @{ Scale = 'Full' }
# A command line hands a script "5,11" as one text.
if ($ServerCount) { $data.ServerCount = [int[]] ($ServerCount -split ',\s*') }
if ($Preset) { $data.Preset = $Preset -split ',\s*' }
if ($ClusterPath) { $data.ClusterPath = (Resolve-Path -LiteralPath $ClusterPath).ProviderPath }
$Suite = $Suite -split ',\s*'
$files = @(Get-ChildItem "$PSScriptRoot/../tests/pester/Correctness" -Filter *.Tests.ps1 | Where-Object {
    $file = $_.Name -replace '\.Tests\.ps1$'
    @($Suite | Where-Object { $file -like $_ }).Count -gt 0
})
if ($files.Count -eq 0) { throw "No suite of tests/pester/Correctness is named $($Suite -join ', ')." }
$run = Invoke-Pester -Container @($files | ForEach-Object { New-PesterContainer -Path $_.FullName -Data $data }) -Output Detailed -PassThru
exit [int] ($run.Result -ne 'Passed')
