<#
.SYNOPSIS
Measures how long a CSV takes through Import-Csv | Set-RaftValue on local servers that flush every write to disk.

.DESCRIPTION
Writes a CSV with the columns Key and Value, sets its rows from the pipeline, reads everything back by prefix and compares.
One object for each run: seconds, rows a second, and the processor seconds of this process and of the servers, which say
what the rows cost where other work disturbs the clock.

.EXAMPLE
dotnet run -c Release --project PSModule/Shell -- Evaluation/Measure-Pipeline.ps1
Measures three runs of 100,000 rows on five servers.
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 10000000)]
    [int] $RowCount = 100000,

    # Rows that share a key: 1 makes every key different, 10 writes each key ten times, in the order of the rows.
    [ValidateRange(1, 1000000)]
    [int] $RowsPerKey = 1,

    [ValidateRange(1, 31)]
    [int] $ServerCount = 5,

    [ValidateRange(1, 100)]
    [int] $RunCount = 3
)

$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PSModule/out/RaftKv"

function Get-ProcessorSeconds([int[]] $Id) {
    $sum = 0.0
    foreach ($process in Get-Process -Id $Id) { $sum += $process.TotalProcessorTime.TotalSeconds }
    $sum
}

# Finds the first row that the store does not hold as the file says: the last row of its key.
function Find-Difference([string] $Prefix) {
    $keyCount = [Math]::Ceiling($RowCount / $RowsPerKey)
    $index = 0
    foreach ($pair in Get-RaftValue -Prefix $Prefix) {
        $last = [Math]::Min(($index + 1) * $RowsPerKey, $RowCount) - 1
        if ($pair.Key -cne ('{0}{1:d8}' -f $Prefix, $index) -or $pair.Value -cne "value $last") { return "$($pair.Key) is '$($pair.Value)'" }
        $index++
    }
    if ($index -ne $keyCount) { return "$index keys instead of $keyCount" }
}

$folder = Join-Path ([IO.Path]::GetTempPath()) "raftkv-pipeline-$([guid]::NewGuid().ToString('n'))"
$null = New-Item -ItemType Directory -Path $folder
$cluster = Start-RaftCluster -ServerCount $ServerCount
try {
    for ($run = 1; $run -le $RunCount; $run++) {
        $csv = Join-Path $folder "run$run.csv"
        $writer = [IO.StreamWriter]::new($csv)
        $writer.WriteLine('Key,Value')
        for ($row = 0; $row -lt $RowCount; $row++) {
            $writer.WriteLine(('run{0}/{1:d8},value {2}' -f $run, [int] [Math]::Floor($row / $RowsPerKey), $row))
        }
        $writer.Dispose()

        $servers = (Get-RaftServer).ProcessId
        $before = (Get-ProcessorSeconds $servers), (Get-ProcessorSeconds $PID)
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        Import-Csv $csv | Set-RaftValue -ErrorVariable faults -ErrorAction SilentlyContinue
        $clock.Stop()
        $after = (Get-ProcessorSeconds $servers), (Get-ProcessorSeconds $PID)
        [pscustomobject]@{
            Run           = $run
            Rows          = $RowCount
            Errors        = $faults.Count
            Seconds       = [Math]::Round($clock.Elapsed.TotalSeconds, 2)
            RowsPerSec    = [int] ($RowCount / $clock.Elapsed.TotalSeconds)
            ClientCpuSec  = [Math]::Round($after[1] - $before[1], 2)
            ServersCpuSec = [Math]::Round($after[0] - $before[0], 2)
            Difference    = Find-Difference "run$run/"
        }
    }
}
finally {
    Stop-RaftCluster -Cluster $cluster
    Remove-Item -LiteralPath $folder -Recurse -Force
}
