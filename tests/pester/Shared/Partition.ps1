# What the suites that cut the network share: the cut with the old leader where it shall be, and the healing after it.
# Dot-source it in BeforeAll.

# Writes a pair, cuts the network by plan, and returns what was before: the pair, the leader, the plan.
function Split-SuiteCluster {
    param($Cluster, [string] $Kind, [string] $LeaderIn)
    $before = New-RandomPair
    $null = Set-RaftValue -Cluster $Cluster -Key $before.Key -Value $before.Value
    $old = Get-RaftLeader -Cluster $Cluster
    $plan = New-RaftPartition -Cluster $Cluster $Kind -LeaderIn $LeaderIn
    $plan | Set-RaftPartition -Confirm:$false
    @{ Before = $before; OldLeader = $old; Plan = $plan }
}

# Demands that no one acknowledges a write, nor answers a linearizable read at the server that led before.
function Assert-NothingServed {
    param($Cluster, $Split)
    Get-RaftValue -Cluster $Cluster -Key $Split.Before.Key -Server $Split.OldLeader.Server -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable failure | Should -BeNullOrEmpty
    $failure[0].FullyQualifiedErrorId | Should -Match '^(ReadTimeout|NoLeader),'
    $null = Set-RaftValue -Cluster $Cluster -Key 'suite/nobody-serves' -Value 'x' -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable failure
    $failure[0].FullyQualifiedErrorId | Should -Match '^(NoLeader|WriteOutcomeUnknown),'
}

# Heals the network and demands one leader, that the cluster serves again, and every acknowledged pair on every server.
# Counting claims as the specification says takes three upper timeouts: that is for full scale.
function Assert-Healed {
    param($Cluster, [hashtable[]] $Pair, [string] $Scale = 'Quick')
    Clear-RaftFault -Cluster $Cluster -Confirm:$false
    $after = New-RandomPair
    $null = Set-RaftValue -Cluster $Cluster -Key $after.Key -Value $after.Value
    Wait-RaftCluster -Cluster $Cluster -For CaughtUp
    $servers = @(Get-RaftServer -Cluster $Cluster).Server
    if ($Scale -eq 'Full') { Measure-LeaderClaim -Cluster $Cluster -Group (, $servers) -Expected 1 | Should -Be 1 }
    else { Wait-Until { @(Get-RaftLeader -Cluster $Cluster -All).Count -eq 1 } }
    foreach ($one in @($Pair) + $after) {
        foreach ($server in $servers) { (Get-RaftValue -Cluster $Cluster -Key $one.Key -Server $server).Value | Should -BeExactly $one.Value }
    }
}
