# What every suite that needs servers shares: which cases it runs, and one cluster for each case.
# Dot-source it in BeforeDiscovery (for Get-SuiteCase) and in BeforeAll (for the rest).

# The cases of a suite, as hashtables for -ForEach. Quick runs five servers under the default preset; Full runs every
# server count of the published evaluation. What the caller names wins.
function Get-SuiteCase {
    param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick')
    if (-not $ServerCount) { $ServerCount = if ($Scale -eq 'Full') { 5, 11, 17, 23, 31 } else { 5 } }
    if (-not $Preset) { $Preset = 'Default' }
    foreach ($name in $Preset) {
        foreach ($count in $ServerCount) { @{ ServerCount = $count; Preset = $name } }
    }
}

# Starts a cluster for a case, or connects to the running one that the caller named.
function Start-SuiteCluster {
    param([int] $ServerCount, [string] $Preset = 'Default', [string] $ClusterPath, [hashtable] $Option = @{})
    if ($ClusterPath) { return Connect-RaftCluster -Path $ClusterPath }
    Start-RaftCluster -ServerCount $ServerCount -Preset $Preset -Option $Option -Chaos
}

# Ends what Start-SuiteCluster began: a cluster that was only connected to goes on, whole.
function Stop-SuiteCluster {
    param($Cluster, [string] $ClusterPath)
    if (-not $Cluster) { return }
    if ($ClusterPath) {
        Clear-RaftFault -Cluster $Cluster -Confirm:$false
        Disconnect-RaftCluster -Cluster $Cluster
        return
    }
    Stop-RaftCluster -Cluster $Cluster -Confirm:$false
}

# A pair that no other test uses.
function New-RandomPair {
    @{ Key = "suite/$([guid]::NewGuid().ToString('n'))"; Value = [guid]::NewGuid().ToString('n') }
}

# How many servers of a group claim to lead, once the claims have had time to settle: the group's claims are read until
# they agree with what is expected and stay so for one upper election timeout, or the time is over.
function Measure-LeaderClaim {
    param($Cluster, [int[]] $Server, [int] $Expected, [double] $UpperTimeoutSec = 1, [double] $TimeoutSec = 15)
    $state = @{ Count = -1; Since = [datetime]::UtcNow }
    $null = Wait-Until -TimeoutSec $TimeoutSec -PassThru {
        $count = @(Get-RaftLeader -All -Cluster $Cluster -ErrorAction SilentlyContinue | Where-Object Server -in $Server).Count
        if ($count -ne $state.Count) { $state.Count = $count; $state.Since = [datetime]::UtcNow }
        $count -eq $Expected -and ([datetime]::UtcNow - $state.Since).TotalSeconds -ge $UpperTimeoutSec
    }
    $state.Count
}
