# What the performance suites share: run an experiment into results/, and judge the shape of its rows. Shapes are ratios
# and fits, never absolute times, so that they hold on any machine. Dot-source it in BeforeAll.

# Runs an experiment and returns its rows. A quick run is measured again each time; a full one goes on where it stopped.
# What the caller of the suite named wins over what the suite would run.
function Invoke-SuiteExperiment {
    param(
        [Parameter(Mandatory)] [string] $Name, [string] $Scale = 'Quick', [int[]] $ServerCount, [string[]] $Preset,
        [string] $ClusterPath, [hashtable] $Quick = @{}
    )
    $path = "$PSScriptRoot/../../../results/$($Scale.ToLowerInvariant())/$Name.csv"
    $arguments = @{ Name = $Name; Scale = $Scale; OutputPath = $path }
    if ($Scale -ne 'Full') {
        if (Test-Path $path) { Remove-Item $path }
        foreach ($key in $Quick.Keys) { $arguments[$key] = $Quick[$key] }
    }
    if ($ServerCount) { $arguments.ServerCount = $ServerCount }
    if ($Preset) { $arguments.Preset = $Preset }
    if ($ClusterPath) {
        $arguments.Cluster = Connect-RaftCluster -Path $ClusterPath
        $arguments.Remove('ServerCount')
        $arguments.Remove('Preset')
    }
    $null = Invoke-RaftExperiment @arguments
    Import-Csv $path
}

# The median of rows' values; a repetition that was cut off took longer than any that was not.
function Get-Median {
    param($Row)
    $values = @($Row | ForEach-Object { if ($_.Value) { [double] $_.Value } else { [double]::PositiveInfinity } } | Sort-Object)
    if ($values.Count -eq 0) { return [double]::NaN }
    $middle = [math]::Floor(($values.Count - 1) / 2)
    if ($values.Count % 2) { $values[$middle] } else { ($values[$middle] + $values[$middle + 1]) / 2 }
}

# The medians of a metric, one for each value of a column: objects with Key and Median, by rising key.
function Get-MedianBy {
    param($Row, [string] $Metric, [string] $Column, [string] $Preset, [string] $Variation)
    $of = @($Row | Where-Object { $_.Metric -eq $Metric -and $_.Preset -eq $Preset -and (-not $Variation -or $_.Options -like "*$Variation*") })
    foreach ($group in $of | Group-Object $Column | Sort-Object { [double] $_.Name }) {
        [pscustomobject] @{ Key = [double] $group.Name; Median = Get-Median $group.Group }
    }
}

# Largest over smallest median: at most 1.5 is flat.
function Get-Spread {
    param($Point)
    $sorted = @($Point | ForEach-Object Median | Sort-Object)
    $sorted[-1] / $sorted[0]
}

# How well one straight line explains the points: at least 0.95 is linear.
function Get-Fit {
    param($Point)
    $points = @($Point)
    $x = ($points | Measure-Object Key -Average).Average
    $y = ($points | Measure-Object Median -Average).Average
    $xy = 0.0; $xx = 0.0; $yy = 0.0
    foreach ($one in $points) {
        $xy += ($one.Key - $x) * ($one.Median - $y)
        $xx += ($one.Key - $x) * ($one.Key - $x)
        $yy += ($one.Median - $y) * ($one.Median - $y)
    }
    $xy * $xy / ($xx * $yy)
}

# Why the tests of the published sizes are left out; nothing at full scale.
function Get-FullSkip {
    param([string] $Scale, [string] $What)
    if ($Scale -eq 'Full') { return $false }
    Write-Host "  left out at quick scale, where it takes minutes: $What (run the suite with -Scale Full)"
    $true
}
