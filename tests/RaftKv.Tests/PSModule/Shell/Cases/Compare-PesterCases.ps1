# Runs every recorded suite and prints each difference from what real Pester gave; the last line counts the runs.
param([Parameter(Mandatory)][string] $Folder)

$differences = 0
$runs = Get-Content (Join-Path $Folder expected.json) -Raw | ConvertFrom-Json
foreach ($expected in $runs) {
    $file, $rest = $expected.run -split ' ', 2
    $path = Join-Path $Folder $file
    $arguments = @{ PassThru = $true; Output = 'None' }
    if ($rest -match '-TagFilter (\S+)') { $arguments.TagFilter = $Matches[1] }
    if ($rest -match '-ExcludeTagFilter (\S+)') { $arguments.ExcludeTagFilter = $Matches[1] }
    if ($rest -match '-FullNameFilter (\S+)') { $arguments.FullNameFilter = $Matches[1] }
    if ($rest -match 'container data ServerCount=(\d+) Preset=(\S+)') {
        $data = @{ ServerCount = [int] $Matches[1]; Preset = $Matches[2] }
        $arguments.Container = New-PesterContainer -Path $path -Data $data
    }
    else {
        $arguments.Path = $path
    }

    $run = Invoke-Pester @arguments
    $got = [ordered]@{
        passed = $run.PassedCount; failed = $run.FailedCount; skipped = $run.SkippedCount
        inconclusive = $run.InconclusiveCount; notRun = $run.NotRunCount
        failedBlocks = $run.FailedBlocksCount; failedContainers = $run.FailedContainersCount; result = $run.Result
    }
    foreach ($name in $got.Keys) {
        if ($got[$name] -ne $expected.$name) {
            $differences++
            "$($expected.run): $name is $($got[$name]), expected $($expected.$name)"
        }
    }

    $tests = @($run.Tests)
    for ($i = 0; $i -lt [math]::Max($tests.Count, $expected.tests.Count); $i++) {
        $is = "$($tests[$i].ExpandedPath) $($tests[$i].Result)"
        $should = "$($expected.tests[$i].name) $($expected.tests[$i].result)"
        if ($is -cne $should) {
            $differences++
            "$($expected.run): '$is', expected '$should': $($tests[$i].ErrorRecord)"
        }

        # Positions and the binder's own words differ; the first line of an assertion's message does not.
        $message = ($expected.tests[$i].message -split "`n")[0] -replace ' from <PATH>.*| thrown from.*'
        if ($message -and $message -notlike 'Parameter set cannot*' -and "$($tests[$i].ErrorRecord)" -notlike ([wildcardpattern]::Escape($message) + '*')) {
            $differences++
            "$($expected.run): message '$($tests[$i].ErrorRecord)', expected '$message'"
        }
    }
}

"$($runs.Count) runs compared"
exit [math]::Min($differences, 1)
