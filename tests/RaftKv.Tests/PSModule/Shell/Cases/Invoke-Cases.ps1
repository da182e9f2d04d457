# Runs the cases of one area of more-cases.json one after another, each after a line with its name. In PowerShell 7.6
# this prints what the file records; in the embedded shell it must print the same.
param([Parameter(Mandatory)][string] $Area)

$start = $PWD.Path
foreach ($case in [System.IO.File]::ReadAllText("$PSScriptRoot/more-cases.json") | ConvertFrom-Json | Where-Object area -eq $Area) {
    Write-Output "=== $($case.name)"
    try { & ([scriptblock]::Create($case.script)) } catch { "uncaught: $($_.FullyQualifiedErrorId)" }
    Set-Location -LiteralPath $start
}
