<#
.SYNOPSIS
The full evaluation: every experiment at the published sizes under both presets, their figures, and the report.

.DESCRIPTION
Shows a budget first: about how many minutes each figure takes under each preset. Then it runs all experiments together,
because cells that need the same servers share them, the first repetitions of everything first. A finished cell is written
at once and not run again, so the evaluation may be ended at any time (Ctrl-C, or MaxMinutes) and go on later; rows that
were measured with other node code, another seed or other options are measured again. The report is written at the end of
each sitting, from what there is.
Close everything else: a cell during which other programs took more than a tenth of the machine is measured again.

.EXAMPLE
pwsh Evaluation/FullEvaluation.ps1 -WhatIf
Shows the budget and runs nothing.

.EXAMPLE
dotnet run -c Release --no-build --project PSModule/Shell -- Evaluation/FullEvaluation.ps1 -MaxMinutes 45
Runs for at most about 45 minutes, and leaves the rest to the next time.

.EXAMPLE
pwsh Evaluation/FullEvaluation.ps1 -Figure 8, 9
Runs two figures alone.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # Which figures of the published evaluation. Without it, all, and what goes beyond them.
    [ValidateSet('1', '2', '3', '4', '5', '6', '7', '8', '9')]
    [string[]] $Figure,

    # Which presets.
    [ValidateSet('Paper2019', 'Default')]
    [string[]] $Preset = @('Paper2019', 'Default'),

    # Full has the published sizes; Quick tries the whole way in a quarter of an hour.
    [ValidateSet('Quick', 'Full')]
    [string] $Scale = 'Full',

    # The coin of all fault phases.
    [ulong] $Seed = 1,

    # No cell is begun after this many minutes.
    [double] $MaxMinutes = 150,

    # Where CSVs and figures go. The report goes beside the folder for Full, and into it for Quick.
    [string] $OutputPath = "$PSScriptRoot/../results/$($Scale.ToLowerInvariant())"
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PSModule/out/RaftKv"
$experiments = @(Get-RaftExperiment | Where-Object { -not $Figure -or $_.Figure.TrimEnd('b') -in $Figure })

# What is one experiment's in the budget are the clusters that it is the first to use.
$budget = @($experiments | Get-RaftExperiment -Budget -Scale $Scale | Where-Object { $_.Preset -in $Preset })
$budget | Format-Table | Out-Host
Write-Host ('In all about {0:N0} minutes, less what is finished already.' -f ($budget | Measure-Object Minutes -Sum).Sum)
if (-not $PSCmdlet.ShouldProcess("$($experiments.Count) experiments", "Run at $Scale scale")) { return }

$clock = [System.Diagnostics.Stopwatch]::StartNew()
$null = New-Item -ItemType Directory -Path $OutputPath -Force
$runs = @(Invoke-RaftExperiment -Name $experiments.Name -Preset $Preset -Scale $Scale -Seed $Seed -MaxMinutes $MaxMinutes -OutputPath $OutputPath -Confirm:$false)
$runs | Format-Table Name, Cells, Ran, Reused, Repeated, Disturbed, Elapsed | Out-Host
$left = 0
foreach ($run in $runs) { $left += $run.Cells - $run.Ran - $run.Reused }
if ($left -gt 0) { Write-Warning "$left cells are left. Run this again to go on." }

$reportPath = if ($Scale -eq 'Full') { "$OutputPath/.." } else { $OutputPath }
$report = @{ Path = $OutputPath; OutputPath = $reportPath; Confirm = $false }

# The README shows what is committed: the published sizes where they belong.
if ($Scale -eq 'Full' -and -not $PSBoundParameters.ContainsKey('OutputPath')) { $report.ReadmePath = "$PSScriptRoot/../README.md" }
$files = @(Export-RaftReport @report)
Write-Host ('{0} files, among them {1}; {2:N1} minutes in all.' -f $files.Count, ($files | Where-Object Name -EQ report.html).FullName, $clock.Elapsed.TotalMinutes)
