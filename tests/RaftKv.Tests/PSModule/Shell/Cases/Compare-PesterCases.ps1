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
    if ($rest -match 'container data (.+)') {
        $data = @{}
        foreach ($pair in -split $Matches[1]) {
            $name, $value = $pair -split '='
            $data[$name] = $value
        }

        $arguments.Container = New-PesterContainer -Path $path -Data $data
    }
    elseif ($rest -match '-SkipRemainingOnFailure (\S+)') {
        $options = @{ Path = $path; PassThru = $true; SkipRemainingOnFailure = $Matches[1] }
        $arguments = @{ Configuration = @{ Run = $options; Output = @{ Verbosity = 'None' } } }
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

        # Positions differ, and what the binder says of a call that it cannot bind; the first line of other messages does not.
        $message = ($expected.tests[$i].message -split "`n")[0] -replace ' from <PATH>.*| thrown from.*'
        $said = "$($tests[$i].ErrorRecord)"
        $binds = $message -notmatch '^Parameter set cannot|^Cannot retrieve the dynamic parameters' -and $said -notmatch '^A (positional )?parameter cannot be found'
        if ($message -and $binds -and $said -notlike ([wildcardpattern]::Escape($message) + '*')) {
            $differences++
            "$($expected.run): message '$said', expected '$message'"
        }

        $id = $expected.tests[$i].errorId
        if ($id -eq 'PesterAssertionFailed' -and $binds -and $tests[$i].ErrorRecord[0].FullyQualifiedErrorId -ne $id) {
            $differences++
            "$($expected.run): error id '$($tests[$i].ErrorRecord[0].FullyQualifiedErrorId)' of $is"
        }
    }
}

"$($runs.Count) runs compared"
exit [math]::Min($differences, 1)
