<#
.SYNOPSIS
    One chaos run: clients use a cluster while a seeded monkey breaks it, and what they saw is judged.
.DESCRIPTION
    Prints the faults that fired, operations a minute, the verdict and the servers' state hashes. Rows go to
    results/quick/chaos.csv, schedule and history beside them, under the server count and the seed. The exit code is 1
    when the run does not hold: a history that is not linearizable, an acknowledged write that is lost or applied twice,
    states that differ, fewer than 300 operations answered, or a kind of fault that never fired.
.EXAMPLE
    dotnet run -c Release --project PSModule/Shell -- Evaluation/ChaosRun.ps1 -ServerCount 11 -DurationSec 600 -Seed 7
.EXAMPLE
    pwsh Evaluation/ChaosRun.ps1 -SchedulePath results/quick/chaos-5-7.csv
    Does to five servers what an earlier run did. Needs Pester 5 or later.
#>
[CmdletBinding()]
param(
    # How many servers: at least three, or nothing could fail.
    [ValidateRange(3, 31)]
    [int] $ServerCount = 5,
    # For how many seconds; a schedule that is replayed has its own length.
    [ValidateRange(1, 86400)]
    [double] $DurationSec = 60,
    # Draws the faults and what the clients do. Without it a random number is drawn, which the run names.
    [ulong] $Seed,
    # A schedule that an earlier run left: its faults instead of drawn ones.
    [string] $SchedulePath,
    # The rules: Default or Paper2019.
    [ValidateSet('Default', 'Paper2019')]
    [string] $Preset = 'Default',
    # A running cluster to use instead: its cluster file.
    [string] $ClusterPath
)
$ErrorActionPreference = 'Stop'
$data = @{ ServerCount = $ServerCount; DurationSec = $DurationSec; Seed = $Seed; Preset = $Preset; ClusterPath = $ClusterPath; SchedulePath = $SchedulePath }
if ($SchedulePath) { $data.SchedulePath = (Resolve-Path -LiteralPath $SchedulePath).ProviderPath }
if ($ClusterPath) { $data.ClusterPath = (Resolve-Path -LiteralPath $ClusterPath).ProviderPath }
$run = Invoke-Pester -Container (New-PesterContainer -Path "$PSScriptRoot/../tests/pester/Correctness/ChaosRun.Tests.ps1" -Data $data) -Output Detailed -PassThru
exit [int] ($run.Result -ne 'Passed')
