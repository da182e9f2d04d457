# The very same request is sent again - over a change of leaders, a restart of all servers, a snapshot - and is applied
# once, with the same reply. Once its session has expired it is an error, and never a second application.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Suite.ps1"
    $cases = @(Get-SuiteCase -ServerCount $ServerCount -Preset $Preset -Scale $Scale -ClusterPath $ClusterPath)
}

BeforeAll {
    . "$PSScriptRoot/../Shared/Head.ps1"

    # The client library's own client. The module keeps its libraries in a load context of their own, so that their
    # types are looked up in the assembly and not by name.
    function New-ApiClient($Cluster) {
        $api = @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'RaftKv.Api' })[0]
        $spec = $api.GetType('RaftKv.Api.Clusters.ClusterSpec').GetMethod('Load').Invoke($null, @([string] $Cluster.Path))
        [Activator]::CreateInstance($api.GetType('RaftKv.Api.Clients.ClusterClient'), @($spec, $null))
    }

    # Sends a write under a name: the same session and sequence number are the same request.
    function Send-NamedWrite([long] $Session, [long] $Sequence, [string] $Key, [string] $Value) {
        $writer.PutAsync($Session, $Sequence, $Key, $Value, [Threading.CancellationToken]::None).GetAwaiter().GetResult()
    }

    function Open-Session { $writer.OpenSessionAsync([Threading.CancellationToken]::None).GetAwaiter().GetResult() }
}

Describe 'A request sent twice to <ServerCount> servers, <Preset>' -Tag 'CI', 'Cluster' -ForEach $cases {
    BeforeAll {
        $cluster = Start-SuiteCluster -ServerCount $ServerCount -Preset $Preset -ClusterPath $ClusterPath -Option @{ MaxSessions = 4 }
        $client = New-ApiClient $cluster
        $writer = $client.CreateNamedWriteClient()
        $key = (New-RandomPair).Key
        $session = Open-Session
        $first = Send-NamedWrite $session 1 $key 'once'
        $rows = [System.Collections.Generic.List[object]]::new()

        # Sends the first request again and demands that it was neither applied again nor answered differently.
        function Assert-AppliedOnce($After) {
            $again = Send-NamedWrite $session 1 $key 'once'
            $again.ModifyRevision | Should -Be $first.ModifyRevision -Because "the reply after $After is the first one"
            $again.Version | Should -Be 1
            $read = Get-RaftValue -Cluster $cluster -Key $key
            $read.Version | Should -Be 1 -Because "the write must not be applied again after $After"
            $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = "versions-after-$After"; Value = $read.Version; Unit = 'count' })
        }
    }
    AfterAll {
        Export-SuiteResult -Row $rows -Experiment 'exactly-once' -Scale $Scale
        if ($client) { $client.DisposeAsync().AsTask().GetAwaiter().GetResult() }
        Stop-SuiteCluster -Cluster $cluster -ClusterPath $ClusterPath
    }

    It 'is applied once' { Assert-AppliedOnce 'nothing' }

    It 'is applied once over a change of leaders' {
        $old = Get-RaftLeader -Cluster $cluster
        Stop-RaftServer -Cluster $cluster -Server $old.Server -Force -Confirm:$false
        Assert-AppliedOnce 'leader-change'
        Start-RaftServer -Cluster $cluster -Server $old.Server
    }

    It 'is applied once over a restart of all servers' {
        $all = @(1..$ServerCount)
        Stop-RaftServer -Cluster $cluster -Server $all -Force -Confirm:$false
        Start-RaftServer -Cluster $cluster -Server $all
        Wait-RaftCluster -Cluster $cluster -For Ready
        Assert-AppliedOnce 'restart'
    }

    # The published evaluation's log is one JSON file that is never compacted: there is no snapshot to come back from.
    It 'is applied once over a snapshot' -Skip:($Preset -eq 'Paper2019') {
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        foreach ($server in 1..$ServerCount) { Checkpoint-RaftServer -Cluster $cluster -Server $server -Confirm:$false }
        $all = @(1..$ServerCount)
        Stop-RaftServer -Cluster $cluster -Server $all -Force -Confirm:$false
        Start-RaftServer -Cluster $cluster -Server $all
        Wait-RaftCluster -Cluster $cluster -For Ready
        Assert-AppliedOnce 'snapshot'
    }

    # A cluster that is given keeps as many sessions as it likes.
    It 'is an error after its session has expired, and not applied again' -Skip:([bool] $ClusterPath) {
        foreach ($number in 1..5) { $null = Send-NamedWrite (Open-Session) 1 "$key/other" "by $number" }
        { Send-NamedWrite $session 1 $key 'once' } | Should -Throw '*expired*'
        $read = Get-RaftValue -Cluster $cluster -Key $key
        $read.Version | Should -Be 1
        $rows.Add(@{ ServerCount = $ServerCount; Preset = $Preset; Metric = 'versions-after-expiry'; Value = $read.Version; Unit = 'count' })
    }
}
