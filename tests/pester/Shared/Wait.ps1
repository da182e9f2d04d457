# The one place in the suites that sleeps: everything else waits for a state through this, under a limit that no machine
# needs. The module's own waits get the same limit, unless a call names one because it shall end in vain.
$PSDefaultParameterValues = $PSDefaultParameterValues.Clone()
foreach ($name in 'Wait-RaftCluster', 'Start-RaftCluster') { $PSDefaultParameterValues["${name}:TimeoutSec"] = 120 }

# Runs the condition again and again until it holds. When the time is over it throws, or with -PassThru returns $false.
function Wait-Until {
    param(
        [Parameter(Mandatory, Position = 0)] [scriptblock] $Condition,
        [double] $TimeoutSec = 120,
        [int] $PaceMs = 50,
        [string] $Because = '',
        [switch] $PassThru
    )
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        if (& $Condition) {
            if ($PassThru) { return $true }
            return
        }
        if ($clock.Elapsed.TotalSeconds -ge $TimeoutSec) {
            if ($PassThru) { return $false }
            throw "This did not hold within $TimeoutSec s: {$Condition} $Because"
        }
        [System.Threading.Thread]::Sleep($PaceMs)
    }
}

# Lets a moment pass, so that what was begun is in the midst of it. Nothing may depend on how much has happened by then.
function Start-Moment { [System.Threading.Thread]::Sleep(300) }
