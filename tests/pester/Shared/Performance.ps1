# What every performance suite dot-sources in its BeforeAll: the module, the judging of shapes, and in $asked what the
# caller of the suite asked for, to be passed on.
. "$PSScriptRoot/Import.ps1"
. "$PSScriptRoot/Shape.ps1"
$asked = @{ Scale = $Scale; ServerCount = $ServerCount; Preset = $Preset; ClusterPath = $ClusterPath }
