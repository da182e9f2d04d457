Describe 'skip under failing setup' {
    BeforeAll { throw 'setup' }
    It 'a' { }
    It 'b' -Skip { }
    Context 'all skipped' -Skip { It 'c' { } }
}
Describe 'multi' { It 'two words <a> and <b>' -ForEach @(@{ a = 1; b = 'x' }, @{ a = 2; b = 'y' }) { $a | Should -BeLessThan 3 } }
Describe 'name "quoted" $var' { It 'with "q" and $dollar' { 1 | Should -Be 1 } ; It 'tick `n' { } }
