<#
.SYNOPSIS
Runs suites in the PowerShell that runs this, with a version of Pester of your choice.

.DESCRIPTION
Each suite runs in a process of its own, one after the other. Prints a table of what passed, failed and was skipped. The exit
code is 1 where a test failed or a suite left no result. Needs a build, which lays both versions of Pester out.

.EXAMPLE
pwsh -NoProfile -File tests/package/Test-Suites.ps1 -Pester 5.9.1
All suites but those that measure, and the one that runs every example.

.EXAMPLE
pwsh -NoProfile -File tests/package/Test-Suites.ps1 -Suite 'Module/K*,Performance/*'
The suites whose names match, with the newest Pester that is laid out.
#>
[CmdletBinding()]
param(
    # The version; without it, the newest one.
    [string] $Pester,

    # Names of suites as folder and file without .Tests.ps1; wildcards may be used.
    [string[]] $Suite = @('Module/*', 'Correctness/*'),

    # Names to leave out.
    [string[]] $Without = @('Module/Examples')
)

$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/../pester/Shared/Shell.ps1"
$root = (Resolve-Path "$PSScriptRoot/../..").Path
$versions = "$root/PSModule/Shell/bin/Release/net10.0/Suites/Pester"
if (-not $Pester -and (Test-Path $versions)) { $Pester = (Get-ChildItem $versions -Directory | Sort-Object { [version] $_.Name } | Select-Object -Last 1).Name }
$laidOut = "$versions/$Pester"

# From a command line, as with -File, a list is one text.
$Suite = $Suite -split ','
$Without = $Without -split ','
if (-not (Test-Path "$laidOut/Pester.psd1")) { throw "There is no Pester $Pester in '$laidOut': build the solution, and choose one of the versions that it lays out." }

$suites = Get-ChildItem "$root/tests/pester" -Recurse -Filter *.Tests.ps1 | ForEach-Object {
    $name = "$(Split-Path $_.Directory -Leaf)/$($_.Name -replace '\.Tests\.ps1$')"
    if (($Suite | Where-Object { $name -like $_ }) -and -not ($Without | Where-Object { $name -like $_ })) { [pscustomobject]@{ Name = $name; Path = $_.FullName } }
} | Sort-Object Name
if (-not $suites) { throw "No suite matches $($Suite -join ', ')." }

$shell = Get-ShellCommand
$work = [IO.Directory]::CreateTempSubdirectory('raftkv-suites-').FullName
$script = Join-Path $work run.ps1
Set-Content -LiteralPath $script -Value @'
param($Pester, $Suite, $Report)
Import-Module $Pester
$run = Invoke-Pester -Path $Suite -Output None -PassThru
@{
    Passed = $run.PassedCount; Failed = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount; Skipped = $run.SkippedCount
    Errors = @($run.Failed + $run.FailedBlocks + $run.FailedContainers | ForEach-Object { "$($_.ExpandedPath)$($_.Item): $($_.ErrorRecord)" })
} | ConvertTo-Json | Set-Content -LiteralPath $Report
'@

$env:RAFTKV_HOME = Join-Path $work home
try {
    $results = foreach ($one in $suites) {
        $report = Join-Path $work "$([guid]::NewGuid().ToString('n')).json"
        $output = & $shell.Program @($shell.First) -NoProfile -NonInteractive -File $script -Pester "$laidOut/Pester.psd1" -Suite $one.Path -Report $report 2>&1
        $result = if (Test-Path $report) { Get-Content -Raw $report | ConvertFrom-Json } else { @{ Passed = 0; Failed = 1; Skipped = 0; Errors = @($output) } }
        Write-Host ('{0,-36} {1,4} passed {2,3} failed {3,3} skipped' -f $one.Name, $result.Passed, $result.Failed, $result.Skipped)
        $result.Errors | ForEach-Object { Write-Host "    $_" }
        $result
    }
}
finally {
    Remove-Item Env:/RAFTKV_HOME
    Remove-Item -Recurse -Force $work
}

$sum = @{}
foreach ($what in 'Passed', 'Failed', 'Skipped') { $sum[$what] = ($results | ForEach-Object { $_.$what } | Measure-Object -Sum).Sum }
"PowerShell $($PSVersionTable.PSVersion), Pester ${Pester}: $($sum.Passed) passed, $($sum.Failed) failed, $($sum.Skipped) skipped in $(@($suites).Count) suites"
exit [int]($sum.Failed -gt 0)
