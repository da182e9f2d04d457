# What every suite that needs servers shares: which cases it runs, and one cluster for each case.
# Dot-source it in BeforeDiscovery (for Get-SuiteCase) and in BeforeAll (for the rest).

# The cases of a suite, as hashtables for -ForEach. Quick runs five servers; Full runs every server count of the
# published evaluation. Both presets, or those that the suite is for. What the caller names wins; a cluster that is given
# is one case, with the servers and the rules that it has.
function Get-SuiteCase {
    param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string[]] $Among = @('Default', 'Paper2019'), [string] $ClusterPath)
    if ($ClusterPath) {
        $given = Get-Content $ClusterPath -Raw | ConvertFrom-Json
        $ServerCount = @($given.servers).Count
        $Preset = $given.preset
    }
    if (-not $ServerCount) { $ServerCount = if ($Scale -eq 'Full') { 5, 11, 17, 23, 31 } else { 5 } }
    if (-not $Preset) { $Preset = $Among }
    foreach ($name in $Preset) {
        foreach ($count in $ServerCount) { @{ ServerCount = $count; Preset = $name; Scale = $Scale } }
    }
}

# Starts a cluster for a case, or connects to the running one that the caller named.
function Start-SuiteCluster {
    param([int] $ServerCount, [string] $Preset = 'Default', [string] $ClusterPath, [hashtable] $Option = @{})
    if ($ClusterPath) { return Connect-RaftCluster -Path $ClusterPath }
    Start-RaftCluster -ServerCount $ServerCount -Preset $Preset -Option $Option -Chaos -ErrorAction Stop
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

# How many servers of each group claim to lead. The claims count when they are as expected, at the earliest after twice
# the upper election timeout, and stay so for another; or when the time is over, as they are then. Never may two servers
# claim the same term: that ends the count at once.
function Measure-LeaderClaim {
    param($Cluster, [int[][]] $Group, [int[]] $Expected, [double] $UpperTimeoutSec = 1, [double] $TimeoutSec = 20, [double] $StableSec = $UpperTimeoutSec)
    $state = @{ Counts = @(); Text = ''; Since = [datetime]::UtcNow }
    $started = [datetime]::UtcNow
    $null = Wait-Until -TimeoutSec $TimeoutSec -PassThru {
        $claims = @(Get-RaftLeader -All -Cluster $Cluster -ErrorAction SilentlyContinue)
        if (@($claims.Term | Select-Object -Unique).Count -ne $claims.Count) { throw "Two leaders in one term: $($claims | Out-String)" }
        $state.Counts = @(foreach ($servers in $Group) { @($claims | Where-Object { $_.Server -in $servers }).Count })
        $text = $state.Counts -join ' '
        if ($text -ne $state.Text) { $state.Text = $text; $state.Since = [datetime]::UtcNow }
        $now = [datetime]::UtcNow
        $text -eq ($Expected -join ' ') -and ($now - $state.Since).TotalSeconds -ge $StableSec -and
            ($now - $started).TotalSeconds -ge 2 * $UpperTimeoutSec + $StableSec
    }
    $state.Counts
}
