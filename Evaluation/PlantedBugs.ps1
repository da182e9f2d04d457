<#
.SYNOPSIS
    Plants bugs in whole servers and demands that chaos runs catch them: without that, a green chaos run says nothing.
.DESCRIPTION
    For each bug and seed, rounds of chaos of half a minute until one shows the bug, at most twelve. Rows go to
    results/full/planted-bugs.csv. The exit code is 1 when a bug was not caught. The bugs of the core are in a copy of the
    server, made from tests/planted-bugs.txt: build everything first.
.EXAMPLE
    dotnet run -c Release --project PSModule/Shell -- Evaluation/PlantedBugs.ps1
.EXAMPLE
    dotnet run -c Release --project PSModule/Shell -- Evaluation/PlantedBugs.ps1 -Bug SessionsNotInSnapshot -Seed 2,3
#>
[CmdletBinding()]
param(
    # Which bugs.
    [string[]] $Bug = @('CommitAlone', 'ReadWithoutRound', 'SessionsNotInSnapshot'),
    # Where chance begins: each seed has to catch each bug.
    [string[]] $Seed = @('1', '2', '3'),
    # How many servers.
    [ValidateRange(3, 31)]
    [int] $ServerCount = 5
)
$ErrorActionPreference = 'Stop'

# A command line hands a script "2,3" as one text, which would be the number 23.
$bugs = @($Bug -split ',\s*')
$seeds = @($Seed -split ',\s*' | ForEach-Object { [ulong] $_ })
foreach ($name in $bugs) {
    if ($name -notin 'CommitAlone', 'ReadWithoutRound', 'SessionsNotInSnapshot') { throw "There is no bug $name. Choose CommitAlone, ReadWithoutRound or SessionsNotInSnapshot." }
}
$data = @{ Scale = 'Full'; Bug = $bugs; Seed = $seeds; ServerCount = $ServerCount }
$run = Invoke-Pester -Container (New-PesterContainer -Path "$PSScriptRoot/../tests/pester/Correctness/PlantedBugs.Tests.ps1" -Data $data) -Output Detailed -PassThru
exit [int] ($run.Result -ne 'Passed')
