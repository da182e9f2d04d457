Describe 'template <n> in describe' -ForEach @{ n = 1 }, @{ n = 2 } {
    Context 'context <n> of <_.n>' {
        It 'it <n> is <kind>' -ForEach @{ kind = 'x' }, @{ kind = $null } { $n | Should -BeGreaterThan 0 }
    }
    It 'scalar <_>' -TestCases 'a', 5, $true { $_ | Should -Not -BeNullOrEmpty }
    It 'nested <o.p.q>' -TestCases @{ o = @{ p = @{ q = 'deep' } } } { 1 | Should -Be 1 }
    It 'escaped `<n`> stays' { 1 | Should -Be 1 }
    It 'array <a>' -TestCases @{ a = 1, 2, 3 } { $a.Count | Should -Be 3 }
    It 'missing <nothere>' { 1 | Should -Be 1 }
    It 'hash <h>' -TestCases @{ h = @{ k = 1 } } { 1 | Should -Be 1 }
    It 'date <d.Year>' -TestCases @{ d = [datetime]'2026-01-02' } { 1 | Should -Be 1 }
    It 'expr <n>-<_>' -TestCases 7 { $_ | Should -Be 7 }
    It 'str <s>' -TestCases @{ s = 'it''s' }, @{ s = '' }, @{ s = ' sp ' } { 1 | Should -Be 1 }
    It 'dbl <v>' -TestCases @{ v = 1.5 }, @{ v = [timespan]'1:2:3' }, @{ v = [version]'1.2' }, @{ v = { block } } { 1 | Should -Be 1 }
}
Describe 'index <$_>' -ForEach 1, 2 { It 'dollar $_ <_>' { $true | Should -BeTrue } }
Describe 'objects' {
    It 'po <a> <b>' -ForEach ([pscustomobject]@{ a = 1; b = 'z' }), ([pscustomobject]@{ a = 2; b = 'y' }) { $a | Should -BeIn 1, 2; $_.b | Should -BeIn 'z', 'y' }
}
