param([int] $N = 3)
BeforeDiscovery { $items = 1..$N; $flag = $false }
Describe 'generated' {
    foreach ($i in $items) { It "n$i" -TestCases @{ i = $i } { $i | Should -BeLessThan 10 } }
    It 'conditional skip' -Skip:(-not $flag) { throw 'no' }
    It 'var is gone' { $items | Should -BeNullOrEmpty }
    if ($flag) { It 'never made' { } }
    BeforeDiscovery { $inner = 'a', 'b' }
    Context 'c <_>' -ForEach $inner { It 'x' { $_ | Should -BeIn 'a', 'b' } }
}
