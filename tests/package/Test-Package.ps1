<#
.SYNOPSIS
Installs the packed module as a user without .NET would have it, and uses it.

.DESCRIPTION
Unpacks the package to a folder on PSModulePath, takes every trace of dotnet out of the environment, and starts three
servers, writes, reads and stops. Throws at the first thing that is not as it should be; its last line says that all held.

The PowerShell that runs this may itself stand on an installed .NET, as this repository's does: it has found it before
the environment is cleared, and no process that it starts inherits the way there. Which runtime each server really
loaded is read from its process.

.EXAMPLE
dotnet pack PSModule/RaftKv -c Release; dotnet run -c Release --project PSModule/Shell -- tests/package/Test-Package.ps1
Packs the module and tries the package.
#>
[CmdletBinding()]
param(
    # The package; without it, the newest one that dotnet pack left.
    [string] $Path
)

$ErrorActionPreference = 'Stop'

function Assert-That([bool] $Holds, [string] $What) {
    if (-not $Holds) { throw "Not so: $What." }
    Write-Host "ok  $What"
}

if (-not $Path) {
    $newest = Get-ChildItem "$PSScriptRoot/../../PSModule/RaftKv/bin/package/*.nupkg" | Sort-Object LastWriteTimeUtc | Select-Object -Last 1
    Assert-That ($null -ne $newest) 'dotnet pack left a package'
    $Path = $newest.FullName
}

$version = [regex]::Match($Path, 'RaftKv\.(\d.*)\.nupkg$').Groups[1].Value
$root = Join-Path ([IO.Path]::GetTempPath()) "raftkv-package-$([guid]::NewGuid().ToString('n'))"
$base = Join-Path $root "RaftKv/$version"
$null = New-Item -ItemType Directory -Path $base
try {
    [IO.Compression.ZipFile]::ExtractToDirectory($Path, $base)
    [xml] $nuspec = Get-Content -Raw (Join-Path $base 'RaftKv.nuspec')
    $metadata = $nuspec.package.metadata
    Assert-That ($metadata.id -eq 'RaftKv' -and $metadata.version -eq $version) "the package says that it is RaftKv $version"
    Assert-That (($metadata.tags -split ' ') -contains 'PSModule') 'its tags call it a PowerShell module'

    $windows = [Environment]::OSVersion.Platform -eq 'Win32NT'
    $node = Join-Path $base "node/raftkv-node$(if ($windows) { '.exe' })"
    Assert-That (Test-Path $node) 'the node lies in it'
    if (-not $windows) { [IO.File]::SetUnixFileMode($node, 'UserRead, UserWrite, UserExecute') }
    Assert-That (@(Get-ChildItem (Split-Path $node) | Where-Object Name -Match '^(lib)?coreclr\.').Count -eq 1) 'and brings its own runtime'
    $engine = [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes((Join-Path $base 'node/RaftKv.Engine.dll')))
    Assert-That (-not $engine.Contains('SkipFlush')) 'and has no switch that makes it skip flushes'

    # Neither a variable nor the search path leads to dotnet, for this process and for all that it starts.
    foreach ($name in @([Environment]::GetEnvironmentVariables().Keys) -like 'DOTNET_ROOT*') { [Environment]::SetEnvironmentVariable($name, $null) }
    $separator = [IO.Path]::PathSeparator
    $env:PATH = (@($env:PATH -split $separator) | Where-Object { $_ -and -not (Test-Path (Join-Path $_ "dotnet$(if ($windows) { '.exe' })")) }) -join $separator
    Assert-That ($null -eq (Get-Command dotnet -ErrorAction SilentlyContinue)) 'no dotnet is found any more'

    $env:PSModulePath = $root + $separator + $env:PSModulePath
    Import-Module RaftKv
    Assert-That ((Get-Module RaftKv).ModuleBase -eq $base) 'the module is imported by its name, from the package'
    $cluster = Start-RaftCluster -ServerCount 3
    try {
        Set-RaftValue package works
        Assert-That ((Get-RaftValue package).Value -eq 'works') 'three servers start, take a value and give it back'
        foreach ($server in Get-RaftServer) {
            $process = Get-Process -Id $server.ProcessId
            $runtime = @($process.Modules.FileName -match 'coreclr')
            Assert-That ($runtime.Count -gt 0 -and -not ($runtime | Where-Object { -not $_.StartsWith((Split-Path $node)) })) "$($server.Name) runs on the package's runtime"
        }
    }
    finally { Stop-RaftCluster -Cluster $cluster }
    Assert-That ((Get-Help Start-RaftCluster).Synopsis -match '^Starts a cluster') 'its help is there'
    'The packed module works.'
}
finally { Remove-Item -LiteralPath $root -Recurse -Force }
