# Writes what a suite measured, in the columns that every result CSV has. Dot-source it in the file's BeforeAll: that
# also names the run, so that cases of one run share a file and a later run replaces it.
$suiteRunId = [guid]::NewGuid().ToString('n')

# Adds rows - hashtables of columns - to results/quick/<experiment>.csv, or to results/full/ at full scale.
function Export-SuiteResult {
    param($Row, [Parameter(Mandatory)] [string] $Experiment, [string] $Scale = 'Quick')
    $path = "$PSScriptRoot/../../../results/$($Scale.ToLowerInvariant())/$Experiment.csv"
    $ours = (Test-Path $path) -and @(Import-Csv $path)[0].RunId -eq $suiteRunId
    $Row | Export-RaftResult -Path $path -Experiment $Experiment -Scale $Scale -RunId $suiteRunId -Append:$ours
}
