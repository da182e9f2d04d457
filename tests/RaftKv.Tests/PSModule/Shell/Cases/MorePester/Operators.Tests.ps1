Describe 'ops' {
    It 'Be <i>' -TestCases @(
        @{ i = 0; s = { 1 | Should -Be 2 } }, @{ i = 1; s = { 'abc' | Should -Be 'abd' } }, @{ i = 2; s = { 'a' | Should -Not -Be 'A' } }
        @{ i = 3; s = { $null | Should -Be 1 } }, @{ i = 4; s = { 1 | Should -Be $null } }, @{ i = 5; s = { 1, 2 | Should -Be 1, 2, 3 } }
        @{ i = 6; s = { $true | Should -Be $false } }, @{ i = 7; s = { 1.5 | Should -Be 1.25 } }, @{ i = 8; s = { [datetime]'2026-01-01' | Should -Be ([datetime]'2026-01-02') } }
        @{ i = 9; s = { 'line1
line2' | Should -Be 'line1
lineX' } }, @{ i = 10; s = { 'short' | Should -Be 'short and longer' } }, @{ i = 11; s = { @{ a = 1 } | Should -Be 1 } }
        @{ i = 12; s = { [pscustomobject]@{ a = 1 } | Should -Be 1 } }, @{ i = 13; s = { 'A' | Should -BeExactly 'a' } }, @{ i = 14; s = { 1 | Should -Not -Be 1 -Because 'it must differ' } }
        @{ i = 15; s = { 'a' | Should -Be 'b' -Because 'letters' } }, @{ i = 16; s = { @() | Should -Be 1 } }, @{ i = 17; s = { '' | Should -Be 'x' } }, @{ i = 18; s = { [timespan]'1:0' | Should -Be 5 } }
        @{ i = 19; s = { 'a' | Should -Not -BeExactly 'a' } }, @{ i = 20; s = { [int] | Should -Be ([string]) } }, @{ i = 21; s = { { a } | Should -Be 'b' } }
    ) { & $s }
    It 'Cmp <i>' -TestCases @(
        @{ i = 0; s = { 1 | Should -BeGreaterThan 1 } }, @{ i = 1; s = { 1 | Should -BeLessThan 1 } }, @{ i = 2; s = { 1 | Should -BeGreaterOrEqual 2 } }, @{ i = 3; s = { 3 | Should -BeLessOrEqual 2 -Because 'why' } }
        @{ i = 4; s = { 3 | Should -Not -BeGreaterThan 2 } }, @{ i = 5; s = { 1 | Should -Not -BeLessThan 2 } }, @{ i = 6; s = { 2 | Should -Not -BeGreaterOrEqual 2 } }, @{ i = 7; s = { 2 | Should -Not -BeLessOrEqual 2 } }
        @{ i = 8; s = { 1 | Should -BeIn 2, 3 } }, @{ i = 9; s = { 1 | Should -Not -BeIn 1, 2 } }, @{ i = 10; s = { 1, 2 | Should -Contain 3 } }, @{ i = 11; s = { 1, 2 | Should -Not -Contain 1 } }
        @{ i = 12; s = { 1, 2, 3 | Should -HaveCount 2 } }, @{ i = 13; s = { @() | Should -HaveCount 1 } }, @{ i = 14; s = { 1, 2 | Should -Not -HaveCount 2 } }, @{ i = 15; s = { 1 | Should -HaveCount 0 } }
    ) { & $s }
    It 'Null <i>' -TestCases @(
        @{ i = 0; s = { 1 | Should -BeNullOrEmpty } }, @{ i = 1; s = { $null | Should -Not -BeNullOrEmpty } }, @{ i = 2; s = { '' | Should -Not -BeNullOrEmpty -Because 'b' } }, @{ i = 3; s = { @() | Should -Not -BeNullOrEmpty } }
        @{ i = 4; s = { $false | Should -BeTrue } }, @{ i = 5; s = { 1 | Should -BeFalse } }, @{ i = 6; s = { $true | Should -Not -BeTrue } }, @{ i = 7; s = { $null | Should -Not -BeFalse } }, @{ i = 8; s = { $null | Should -BeTrue } }, @{ i = 9; s = { 'x' | Should -BeFalse } }
        @{ i = 10; s = { 1 | Should -BeOfType [string] } }, @{ i = 11; s = { 1 | Should -Not -BeOfType [int] } }, @{ i = 12; s = { $null | Should -BeOfType int } }, @{ i = 13; s = { 'x' | Should -BeOfType No.Such } }, @{ i = 14; s = { 1 | Should -HaveType string } }
    ) { & $s }
    It 'Text <i>' -TestCases @(
        @{ i = 0; s = { 'abc' | Should -BeLike 'x*' } }, @{ i = 1; s = { 'abc' | Should -Not -BeLike 'a*' } }, @{ i = 2; s = { 'abc' | Should -BeLikeExactly 'A*' } }, @{ i = 3; s = { 'abc' | Should -Not -BeLikeExactly 'a*' } }
        @{ i = 4; s = { 'abc' | Should -Match 'x' } }, @{ i = 5; s = { 'abc' | Should -Not -Match 'b' } }, @{ i = 6; s = { 'abc' | Should -MatchExactly 'B' } }, @{ i = 7; s = { 'abc' | Should -Not -MatchExactly 'b' -Because 'r' } }
        @{ i = 8; s = { '/nope/zz' | Should -Exist } }, @{ i = 9; s = { '/' | Should -Not -Exist } }, @{ i = 10; s = { '/nope' | Should -FileContentMatch 'x' } }
    ) { & $s }
    It 'Throw <i>' -TestCases @(
        @{ i = 0; s = { { 1 } | Should -Throw } }, @{ i = 1; s = { { throw 'a' } | Should -Not -Throw } }, @{ i = 2; s = { { throw 'abc' } | Should -Throw 'xyz' } }, @{ i = 3; s = { { throw 'abc' } | Should -Throw -ExpectedMessage '*b*' } }
        @{ i = 4; s = { { throw 'abc' } | Should -Throw -ErrorId 'other' } }, @{ i = 5; s = { { throw 'abc' } | Should -Throw -ExceptionType ([ArgumentException]) } }, @{ i = 6; s = { 'x' | Should -Throw } }, @{ i = 7; s = { { 1 } | Should -Throw 'm' -Because 'must' } }
        @{ i = 8; s = { { throw [ArgumentException]'q' } | Should -Throw 'z*' -ErrorId 'id' -ExceptionType ([IO.IOException]) } }, @{ i = 9; s = { ({ throw 'pt' } | Should -Throw -PassThru).Exception.Message | Should -Be 'no' } }, @{ i = 10; s = { { Get-Item /nope -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound*' } }
        @{ i = 11; s = { { throw 'abc' } | Should -Not -Throw -Because 'calm' } }, @{ i = 12; s = { { Write-Error 'soft' -ErrorAction SilentlyContinue } | Should -Throw } }
    ) { & $s }
    It 'Bad <i>' -TestCases @(
        @{ i = 0; s = { 1 | Should } }, @{ i = 1; s = { 1 | Should -Bee 1 } }, @{ i = 2; s = { 1 | Should -Be 1 -Zed } }, @{ i = 3; s = { 1 | Should Be 1 } }, @{ i = 4; s = { Should -Be 1 } }, @{ i = 5; s = { Should -ActualValue 1 -Be 2 } }, @{ i = 6; s = { Should 1 -Be 1 } }, @{ i = 7; s = { 1 | Should -Be 1 -BeExactly 1 } }
    ) { & $s }
    It 'Command <i>' -TestCases @(
        @{ i = 0; s = { Get-Command Get-Item | Should -HaveParameter Nope } }, @{ i = 1; s = { Get-Command Get-Item | Should -HaveParameter Path -Type [int] } }, @{ i = 2; s = { Get-Command Get-Item | Should -Not -HaveParameter Path } }, @{ i = 3; s = { Get-Command Get-Item | Should -HaveParameter Path -Mandatory } }, @{ i = 4; s = { Get-Command Get-Item | Should -HaveParameter LiteralPath -Alias PSPath } }
    ) { & $s }
}
