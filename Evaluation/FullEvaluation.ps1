<#
.SYNOPSIS
The full evaluation: every experiment at the published sizes under both presets, their figures, and the report.

.DESCRIPTION
Shows a budget first: about how many minutes each experiment takes. Then it runs them one after the other. A finished cell
is written at once and not run again, so the evaluation may be ended at any time and go on later, over several sittings;
rows that were measured with another build, seed or options are measured anew.
Close everything else: a cell during which other programs took more than a tenth of the machine is measured again.

.EXAMPLE
pwsh Evaluation/FullEvaluation.ps1 -WhatIf
Shows the budget and runs nothing.

.EXAMPLE
dotnet run -c Release --no-build --project PSModule/Shell -- Evaluation/FullEvaluation.ps1 -BudgetMinutes 45
Runs for at most about 45 minutes, and leaves the rest to the next time.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    # Which experiments, with wildcards.
    [string[]] $Name = '*',

    # Which presets.
    [ValidateSet('Paper2019', 'Default')]
    [string[]] $Preset = @('Paper2019', 'Default'),

    # Full has the published sizes; Quick tries the whole way in a quarter of an hour.
    [ValidateSet('Quick', 'Full')]
    [string] $Scale = 'Full',

    # The coin of all fault phases.
    [ulong] $Seed = 1,

    # No experiment is begun after this many minutes.
    [double] $BudgetMinutes = 150,

    # Where CSVs and figures go. The report goes beside the folder for Full, and into it for Quick.
    [string] $OutputPath = "$PSScriptRoot/../results/$($Scale.ToLowerInvariant())"
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PSModule/out/RaftKv"
$clock = [System.Diagnostics.Stopwatch]::StartNew()
$experiments = @(Get-RaftExperiment $Name)

# Each preset takes about half of what both take: the same cells under other options.
$budget = foreach ($experiment in $experiments) {
    $minutes = if ($Scale -eq 'Full') { $experiment.FullMinutes } else { $experiment.QuickMinutes }
    $presets = if ($experiment.Name -eq 'Ablation') { 1 } else { 2 }
    [pscustomobject] [ordered] @{
        Experiment       = $experiment.Name
        Figure           = $experiment.Figure
        Paper2019Minutes = if ('Paper2019' -in $Preset -and $presets -eq 2) { [math]::Round($minutes / 2, 1) } else { 0 }
        DefaultMinutes   = if ('Default' -in $Preset) { [math]::Round($minutes / $presets, 1) } else { 0 }
    }
}
$sum = 0
foreach ($line in $budget) { $sum += $line.Paper2019Minutes + $line.DefaultMinutes }
$budget | Format-Table | Out-Host
Write-Host ('In all about {0:N0} minutes, less what is finished already.' -f $sum)
if (-not $PSCmdlet.ShouldProcess("$($experiments.Count) experiments", "Run at $Scale scale")) { return }

foreach ($experiment in $experiments) {
    if ($clock.Elapsed.TotalMinutes -ge $BudgetMinutes) {
        Write-Warning "The budget of $BudgetMinutes minutes is used up before $($experiment.Name). Run this again to go on."
        break
    }
    Write-Host "$($experiment.Name): $($experiment.Question)"
    $run = Invoke-RaftExperiment -Name $experiment.Name -Preset $Preset -Scale $Scale -Seed $Seed -OutputPath "$OutputPath/$($experiment.Name).csv" -Confirm:$false
    Write-Host ('  {0} of {1} cells measured in {2:N1} minutes, {3} measured again, {4} disturbed' -f $run.Ran, $run.Cells, $run.Elapsed.TotalMinutes, $run.Repeated, $run.Disturbed)
}

$reportPath = if ($Scale -eq 'Full') { "$OutputPath/.." } else { $OutputPath }
$files = @(Export-RaftReport -Path $OutputPath -OutputPath $reportPath -Confirm:$false)
Write-Host ('{0} files, among them {1}; {2:N1} minutes in all.' -f $files.Count, $files[-2].FullName, $clock.Elapsed.TotalMinutes)
