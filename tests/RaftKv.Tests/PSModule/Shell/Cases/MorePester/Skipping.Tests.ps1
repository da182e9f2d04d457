Describe 's' {
    It 'static' -Skip { throw 'x' }
    It 'set skipped' { Set-ItResult -Skipped -Because 'reason one' }
    It 'set inconclusive' { Set-ItResult -Inconclusive -Because 'reason two' }
    It 'set inconclusive bare' { Set-ItResult -Inconclusive }
    It 'set skipped bare' { Set-ItResult -Skipped }
    It 'after set nothing runs' { Set-ItResult -Skipped; throw 'x' }
    It 'pending like' -Skip:$true { }
    It 'false skip' -Skip:$false { 1 | Should -Be 1 }
    It 'empty' { }
    Context 'inner' -Skip { It 'a' { }; It 'b' { throw 'no' } }
}
Describe 'in before' {
    BeforeEach { Set-ItResult -Skipped -Because 'from before' }
    It 'x' { throw 'y' }
}
