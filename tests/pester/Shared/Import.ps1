# Imports the module under test: the one that the build laid out in this checkout, or the one that RAFTKV_MODULE names.
# Dot-source it in BeforeAll.
$modulePath = if ($env:RAFTKV_MODULE) { $env:RAFTKV_MODULE } else { "$PSScriptRoot/../../../PSModule/out/RaftKv" }
Import-Module $modulePath -ErrorAction Stop
