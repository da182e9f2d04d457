# What the module depends on stays out of PowerShell's own load context, and the module can be imported again.
param([int[]] $ServerCount, [string[]] $Preset, [string] $Scale = 'Quick', [string] $ClusterPath)

BeforeAll {
    . "$PSScriptRoot/../Shared/Import.ps1"
    $default = [System.Runtime.Loader.AssemblyLoadContext]::Default
}

Describe 'The load context' -Tag 'CI', 'Cluster' {
    It 'has none of the dependencies, before and after they were used' {
        $cluster = Start-RaftCluster -ServerCount 1
        try {
            Set-RaftValue isolation yes
            $names = @($default.Assemblies | ForEach-Object { $_.GetName().Name })
            $names | Should -Contain 'RaftKv'
            @($names | Where-Object { $_ -match '^(Grpc|Google\.Protobuf|CsvHelper|ScottPlot|SkiaSharp|HdrHistogram|RaftKv\.)' }) | Should -BeNullOrEmpty
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
