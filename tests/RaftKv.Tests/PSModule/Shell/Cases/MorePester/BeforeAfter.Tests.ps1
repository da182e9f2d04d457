BeforeAll { $script:log = [System.Collections.Generic.List[string]]::new(); $top = 'top' }
AfterAll { $script:log.Clear() }
Describe 'outer' {
    BeforeAll { $log.Add('ba1') }
    BeforeEach { $log.Add('be1'); $each = 1 }
    AfterEach { $log.Add('ae1') }
    AfterAll { $log.Add('aa1') }
    It 'one' { $log -join ',' | Should -Be 'ba1,be1'; $top | Should -Be 'top'; $each | Should -Be 1; $each = 5 }
    It 'two' { $log[-1] | Should -Be 'be1'; $log[-2] | Should -Be 'ae1'; $each | Should -Be 1 }
    Context 'inner' {
        BeforeAll { $log.Add('ba2') }
        BeforeEach { $log.Add('be2') }
        AfterEach { $log.Add('ae2') }
        It 'three' { ($log | Select-Object -Last 3) -join ',' | Should -Be 'ba2,be1,be2' }
        It 'four' { ($log | Select-Object -Last 4) -join ',' | Should -Be 'ae2,ae1,be1,be2' }
    }
    It 'after context' { $log -join ',' | Should -BeLike '*ae2,ae1,be1' }
    Context 'empty of its' { BeforeAll { throw 'never runs' } }
    Context 'skipped' -Skip { BeforeAll { throw 'never' }; It 'x' { throw 'never' } }
}
Describe 'after each throws in one' {
    AfterEach { if ($boom) { throw 'ae' } }
    It 'fine' { $boom = $false }
    It 'bad' { $script:boom = $true }
}
Describe 'it throws and after runs' {
    AfterAll { $script:ran = $true }
    It 'throws' { throw 'inside' }
    It 'error action' { Get-Item /nope/zz -ErrorAction Stop }
    It 'nonterminating is fine' { Write-Error 'soft' -ErrorAction Continue }
    It 'exit code' { [Environment]::ExitCode | Should -Be 0 }
    It 'returns output' { 'out'; 1 }
    It 'assert' { 1 | Should -Be 2 -Because 'we said so' }
}
