# What every suite that starts servers dot-sources in its BeforeAll: the module and the shared functions.
. "$PSScriptRoot/Import.ps1"
. "$PSScriptRoot/Wait.ps1"
. "$PSScriptRoot/Suite.ps1"
. "$PSScriptRoot/Result.ps1"
. "$PSScriptRoot/LogFile.ps1"
