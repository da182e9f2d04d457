# One cluster over three agents, each in a network namespace of its own as if on a machine of its own. A cable is pulled
# for real. Needs Linux, root and the ip command; skipped with a reason elsewhere.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeDiscovery {
    $canIsolate = $false
    if ($IsLinux -and [Environment]::UserName -eq 'root' -and (Get-Command ip -CommandType Application -ErrorAction SilentlyContinue)) {
        $probe = "raftkv-probe-$PID"
        $null = ip netns add $probe 2>&1
        $canIsolate = $LASTEXITCODE -eq 0
        if ($canIsolate) { $null = ip netns del $probe 2>&1 }
    }
    if (-not $canIsolate) { Write-Host 'Skipped: network namespaces need Linux, root and the ip command.' }
}

BeforeAll { . "$PSScriptRoot/../Shared/Head.ps1" }

Describe 'A cluster over three agents in network namespaces' -Tag 'Cluster', 'Slow' -Skip:(-not $canIsolate) {
    BeforeAll {
        $tag = [guid]::NewGuid().ToString('n').Substring(0, 6)
        $net = '10.{0}.{1}' -f (Get-Random -Minimum 200 -Maximum 250), (Get-Random -Minimum 1 -Maximum 250)
        $folder = Join-Path ([IO.Path]::GetTempPath()) "raftkv-agents-$tag"
        $null = New-Item -ItemType Directory -Path $folder
        [IO.File]::WriteAllText("$folder/token", [guid]::NewGuid().ToString('n') + "`n")
        [IO.File]::SetUnixFileMode("$folder/token", [IO.UnixFileMode]::UserRead -bor [IO.UnixFileMode]::UserWrite)
        $agents = [System.Collections.Generic.List[System.Diagnostics.Process]]::new()

        ip link add "rk$tag" type bridge
        ip addr add "$net.254/24" dev "rk$tag"
        ip link set "rk$tag" up
        $endpoints = foreach ($number in 1..3) {
            ip netns add "rk$tag-$number"
            ip link add "rk$tag$number" type veth peer name eth0 netns "rk$tag-$number"
            ip link set "rk$tag$number" master "rk$tag" up
            ip -n "rk$tag-$number" addr add "$net.$number/24" dev eth0
            ip -n "rk$tag-$number" link set eth0 up
            ip -n "rk$tag-$number" link set lo up

            $start = [System.Diagnostics.ProcessStartInfo]::new('ip')
            $node = Join-Path (Split-Path (Get-Module RaftKv).Path) 'node/raftkv-node'
            foreach ($word in 'netns', 'exec', "rk$tag-$number", $node, 'agent', '--listen', "$net.${number}:7000", '--allow-insecure',
                '--token-file', "$folder/token", '--directory', "$folder/$number", '--exit-on-stdin-close') { $start.ArgumentList.Add($word) }
            $start.RedirectStandardInput = $true; $start.RedirectStandardOutput = $true; $start.UseShellExecute = $false
            $agent = [System.Diagnostics.Process]::Start($start)
            $agents.Add($agent)
            [uri] ($agent.StandardOutput.ReadLine() | ConvertFrom-Json).endpoint
        }
        $cluster = Start-RaftCluster -ServerCount 5 -Agent $endpoints -ServersPerAgent 2 -AgentTokenPath "$folder/token" -AllowInsecure
    }
    AfterAll {
        if ($cluster) { Stop-RaftCluster -Cluster $cluster -Confirm:$false }
        foreach ($agent in $agents) {
            $agent.StandardInput.Close()
            if (-not $agent.WaitForExit(5000)) { $agent.Kill($true) }
            $agent.Dispose()
        }
        foreach ($number in 1..3) { ip netns del "rk$tag-$number" }
        ip link del "rk$tag"
        if ($folder) { Remove-Item -Path $folder -Recurse -Force }
    }

    It 'spreads the servers over the agents, no more on each than allowed' {
        @(Get-RaftServer -Cluster $cluster | Group-Object { $_.Endpoint.Host } | ForEach-Object Count | Sort-Object) | Should -Be @(1, 2, 2)
    }

    It 'reads from every server what was written' {
        Set-RaftValue -Cluster $cluster -Key 'agents' -Value 'three'
        foreach ($server in 1..5) { (Get-RaftValue -Cluster $cluster -Key 'agents' -Server $server).Value | Should -BeExactly 'three' }
    }

    It 'kills, inspects and starts servers through the agent of each' {
        $leader = Get-RaftLeader -Cluster $cluster
        Stop-RaftServer -Cluster $cluster -Server $leader.Server -Force -Confirm:$false
        @(Get-RaftLog -Cluster $cluster -Server $leader.Server -FromDisk | Where-Object Key -CEQ 'agents').Count | Should -Be 1
        Wait-RaftCluster -Cluster $cluster -For Leader
        (Get-RaftLeader -Cluster $cluster).Server | Should -Not -Be $leader.Server
        Start-RaftServer -Cluster $cluster -Server $leader.Server
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
    }

    It 'lends its agents to a cluster that begins with a backup of it, and keeps what is its own' {
        $restored = Backup-RaftCluster "$folder/whole.raftbackup" -Cluster $cluster |
            Restore-RaftCluster -ServerCount 3 -Agent $endpoints -AgentTokenPath "$folder/token" -AllowInsecure
        (Get-RaftValue -Cluster $restored -Key 'agents').Value | Should -BeExactly 'three'
        Set-RaftValue -Cluster $restored -Key 'agents' -Value 'restored'
        @(Get-RaftServer -Cluster $restored | ForEach-Object { $_.Endpoint.Host } | Select-Object -Unique).Count | Should -Be 3
        Remove-RaftCluster $restored -Confirm:$false
        @(Get-ChildItem "$folder/[123]" -Directory -Recurse | Where-Object Name -CEQ $restored.Name).Count | Should -Be 0
        (Get-RaftValue -Cluster $cluster -Key 'agents').Value | Should -BeExactly 'three'
    }

    It 'goes on when the cable of the leader''s machine is pulled, and is whole when it is back' {
        $old = Get-RaftLeader -Cluster $cluster
        $number = ($old.Server - 1) % 3 + 1
        ip link set "rk$tag$number" down
        Wait-Until { @(Get-RaftLeader -Cluster $cluster -All -ErrorAction SilentlyContinue | Where-Object Term -GT $old.Term).Count -eq 1 }
        Set-RaftValue -Cluster $cluster -Key 'agents' -Value 'two'
        ip link set "rk$tag$number" up
        Wait-RaftCluster -Cluster $cluster -For CaughtUp
        foreach ($server in 1..5) { (Get-RaftValue -Cluster $cluster -Key 'agents' -Server $server).Value | Should -BeExactly 'two' }
    }
}
