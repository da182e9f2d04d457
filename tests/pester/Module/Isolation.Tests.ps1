# What the module depends on stays out of PowerShell's own load context, and the module can be imported again.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    . "$PSScriptRoot/../Shared/Shell.ps1"
    $default = [System.Runtime.Loader.AssemblyLoadContext]::Default
    $moduleBase = (Get-Module RaftKv).ModuleBase

    # Runs a script in a fresh process of this PowerShell and gives the lines that it wrote.
    function Invoke-Fresh([string] $Text, [string[]] $ArgumentList) {
        $script = Join-Path $TestDrive "fresh-$([guid]::NewGuid().ToString('n')).ps1"
        Set-Content -LiteralPath $script -Value $Text
        $shell = Get-ShellCommand
        $lines = @(& $shell.Program $shell.First -NoProfile -NonInteractive -File $script @ArgumentList)
        $LASTEXITCODE | Should -Be 0 -Because ($lines -join '; ')
        $lines
    }
}

Describe 'The load context' -Tag 'CI', 'Cluster' {
    It 'has none of the dependencies, before and after they were used' {
        $cluster = Start-RaftCluster -ServerCount 1
        try {
            Set-RaftValue isolation yes
            $names = @($default.Assemblies | ForEach-Object { $_.GetName().Name })
            $names | Should -Contain 'RaftKv'
            @($names | Where-Object { $_ -match '^(Grpc|Google\.Protobuf|AWSSDK|CsvHelper|ScottPlot|SkiaSharp|HarfBuzz|HdrHistogram|RaftKv\.(?!Shell))' }) | Should -BeNullOrEmpty
        }
        finally { Stop-RaftCluster -Cluster $cluster }
    }

    It 'has them in a context of their own' {
        $own = [System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'RaftKv'
        @($own.Assemblies | ForEach-Object { $_.GetName().Name }) | Should -Contain 'Google.Protobuf'
    }
}

Describe 'Importing again' -Tag 'CI', 'Cluster' {
    It 'works twice with -Force, and keeps the running cluster' {
        $cluster = Start-RaftCluster -ServerCount 1
        try {
            Set-RaftValue again one
            $path = (Get-Module RaftKv).Path
            Import-Module $path -Force
            Import-Module $path -Force
            (Get-RaftValue again).Value | Should -Be 'one'
        }
        finally { Stop-RaftCluster -Cluster $cluster }
    }
}

Describe 'A fresh process' -Tag 'CI', 'Cluster' {
    It 'has loaded none of the dependencies by the import alone' {
        $lines = Invoke-Fresh -ArgumentList $moduleBase -Text @'
param($Module)
Import-Module $Module
foreach ($context in [System.Runtime.Loader.AssemblyLoadContext]::All) {
    $context.Assemblies | ForEach-Object { $_.GetName().Name } | Where-Object { $_ -match '^(Grpc|Google\.Protobuf|AWSSDK|SkiaSharp|RaftKv\.(?!Shell))' }
}
'end'
'@
        $lines | Should -Be @('end')
    }

    It 'imports a module whose dependencies are gone, and its first call says what is missing' {
        $copy = Join-Path $TestDrive 'without/RaftKv'
        $null = New-Item -ItemType Directory -Path $copy
        Get-ChildItem -LiteralPath $moduleBase -File | ForEach-Object { Copy-Item -LiteralPath $_.FullName -Destination $copy }
        $lines = Invoke-Fresh -ArgumentList $copy -Text @'
param($Module)
$ErrorActionPreference = 'Stop'
Import-Module $Module
"imported $((Get-Command -Module RaftKv).Count -gt 20)"
try { Start-RaftCluster -ServerCount 1 } catch { $_.FullyQualifiedErrorId; $_.Exception.Message }
'@
        $lines[0] | Should -Be 'imported True'
        $lines[1] | Should -Be 'ModuleIncomplete,RaftKv.Commands.StartRaftClusterCommand'
        $lines[2] | Should -Match 'RaftKv\.Api'
        $lines[2] | Should -Match ([regex]::Escape((Join-Path $copy 'Dependencies')))
    }

    It 'uses its own gRPC and Protobuf where another module loads older ones <When> it' -ForEach @(
        @{ When = 'before' }
        @{ When = 'after' }
    ) {
        $other = Join-Path $TestDrive "other-$When/Other"
        $null = New-Item -ItemType Directory -Path $other
        foreach ($name in 'Google.Protobuf', 'Grpc.Core.Api', 'Grpc.Net.Client') {
            $builder = [System.Reflection.Emit.PersistedAssemblyBuilder]::new("$name, Version=0.1.0.0", [object].Assembly)
            $null = $builder.DefineDynamicModule($name)
            $builder.Save((Join-Path $other "$name.dll"))
        }
        Set-Content -LiteralPath (Join-Path $other 'Other.psm1') -Value 'Get-ChildItem $PSScriptRoot/*.dll | ForEach-Object { $null = [System.Reflection.Assembly]::LoadFrom($_) }'
        $lines = Invoke-Fresh -ArgumentList $moduleBase, $other, $When -Text @'
param($Module, $Other, $When)
$ErrorActionPreference = 'Stop'
if ($When -eq 'before') { Import-Module $Other }
Import-Module $Module
$cluster = Start-RaftCluster -ServerCount 1
try {
    Set-RaftValue key one
    if ($When -eq 'after') { Import-Module $Other }
    Set-RaftValue key two
    (Get-RaftValue key).Value
    (Get-RaftServer).Role
    foreach ($context in [System.Runtime.Loader.AssemblyLoadContext]::All) {
        $context.Assemblies | Where-Object { $_.GetName().Name -match '^(Google\.Protobuf|Grpc\.Core\.Api|Grpc\.Net\.Client)$' } |
            ForEach-Object { "$($context.Name) $($_.GetName().Name) $($_.GetName().Version -gt '0.2')" }
    }
}
finally { Stop-RaftCluster $cluster }
'@
        $lines | Sort-Object | Should -Be @(
            'Default Google.Protobuf False', 'Default Grpc.Core.Api False', 'Default Grpc.Net.Client False', 'Leader'
            'RaftKv Google.Protobuf True', 'RaftKv Grpc.Core.Api True', 'RaftKv Grpc.Net.Client True', 'two')
    }

    It 'connects by name to a cluster that another process started' {
        $cluster = Start-RaftCluster -ServerCount 1 -Name "shared-$([guid]::NewGuid().ToString('n').Substring(0, 8))"
        try {
            Set-RaftValue shared from-here
            $lines = Invoke-Fresh -ArgumentList $moduleBase, $cluster.Name -Text @'
param($Module, $Name)
$ErrorActionPreference = 'Stop'
Import-Module $Module
$cluster = Connect-RaftCluster $Name
(Get-RaftValue shared).Value
Set-RaftValue shared from-there
Disconnect-RaftCluster $cluster
'@
            $lines | Should -Be @('from-here')
            (Get-RaftValue shared).Value | Should -Be 'from-there'
        }
        finally { Stop-RaftCluster -Cluster $cluster }
    }
}

Describe 'Two runspaces side by side' -Tag 'CI', 'Cluster' {
    It 'have a current cluster each, and neither is the caller''s' {
        $before = @(Get-RaftCluster).Name
        $results = @(1..2 | ForEach-Object -ThrottleLimit 2 -Parallel {
                $ErrorActionPreference = 'Stop'
                Import-Module $using:moduleBase
                $cluster = Start-RaftCluster -ServerCount 1
                try {
                    foreach ($round in 1..20) { Set-RaftValue side "$($cluster.Name) $round" }
                    [pscustomobject]@{ Cluster = $cluster.Name; Known = @(Get-RaftCluster).Name -join ','; Value = (Get-RaftValue side).Value }
                }
                finally { Stop-RaftCluster }
            })
        $results.Count | Should -Be 2
        $results[0].Cluster | Should -Not -Be $results[1].Cluster
        foreach ($result in $results) {
            $result.Known | Should -Be $result.Cluster
            $result.Value | Should -Be "$($result.Cluster) 20"
        }
        @(Get-RaftCluster).Name | Should -Be $before
    }
}
