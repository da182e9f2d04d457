# Writes what a suite measured, in the columns that every result CSV has. Dot-source it in the file's BeforeAll: that
# also names the run, so that cases of one run share a file and a later run replaces it.
$suiteRunId = [guid]::NewGuid().ToString('n')

# One measurement.
function New-SuiteRow {
    param(
        [int] $ServerCount, [string] $Preset, [string] $Metric, $Value, [string] $Unit,
        [string] $Outcome = 'ok', $AliveCount = '', $ClientCount = '', $Repetition = '', $Seed = '', [string] $Options = ''
    )
    @{
        ServerCount = $ServerCount; Preset = $Preset; Metric = $Metric; Value = $Value; Unit = $Unit; Outcome = $Outcome
        AliveCount = $AliveCount; ClientCount = $ClientCount; Repetition = $Repetition; Seed = $Seed; Options = $Options
        Utc = [datetime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [cultureinfo]::InvariantCulture)
    }
}

# Adds rows to results/quick/<experiment>.csv, or to results/full/ at full scale.
function Export-SuiteResult {
    param($Row, [Parameter(Mandatory)] [string] $Experiment, [string] $Scale = 'Quick')
    $kept = [System.Collections.Generic.List[object]]::new()
    $path = "$PSScriptRoot/../../../results/$($Scale.ToLowerInvariant())/$Experiment.csv"
    if (Test-Path $path) {
        foreach ($old in Import-Csv $path) { if ($old.RunId -eq $suiteRunId) { $kept.Add($old) } }
    }
    foreach ($one in $Row) {
        $value = if ($one.Value -is [string]) { $one.Value } else { ([double] $one.Value).ToString('0.###', [cultureinfo]::InvariantCulture) }
        $kept.Add([pscustomobject] [ordered] @{
            RunId = $suiteRunId; UtcTime = $one.Utc; Experiment = $Experiment; Figure = ''; Preset = $one.Preset; Scale = $Scale
            ServerCount = $one.ServerCount; AliveCount = $one.AliveCount; ClientCount = $one.ClientCount; ValueBytes = ''
            ElectionTimeoutLowerMs = ''; ElectionTimeoutUpperMs = ''; OneWayDelayMs = ''; Repetition = $one.Repetition
            Metric = $one.Metric; Value = $value; Unit = $one.Unit; Outcome = $one.Outcome; Seed = $one.Seed
            Options = $one.Options; NodeBuild = ''; HostCores = [Environment]::ProcessorCount; OtherCpuPercent = ''
        })
    }
    if ($kept.Count -eq 0) { return }
    $null = New-Item -ItemType Directory -Path (Split-Path $path) -Force
    $kept | Export-Csv -Path $path
}
