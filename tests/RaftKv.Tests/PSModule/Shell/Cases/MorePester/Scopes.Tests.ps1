BeforeAll { function Get-Thing { 'thing' }; $shared = 1; . { $dotted = 2 } }
Describe 'visible' {
    It 'function' { Get-Thing | Should -Be 'thing' }
    It 'variable' { $shared | Should -Be 1; $dotted | Should -Be 2 }
    It 'changes do not leak' { $shared = 9 }
    It 'still one' { $shared | Should -Be 1 }
    It 'script scope' { $script:shared | Should -Be 1 }
    It 'pscommandpath' { Split-Path $PSCommandPath -Leaf | Should -Be 'Scopes.Tests.ps1'; $PSScriptRoot | Should -Exist }
    It 'TestDrive' { Set-Content TestDrive:/x.txt 'hi'; Get-Content (Join-Path $TestDrive x.txt) | Should -Be 'hi'; 'TestDrive:/x.txt' | Should -Exist }
    It 'TestDrive stays in the block' { 'TestDrive:/x.txt' | Should -Exist }
    Context 'inner drive' { BeforeAll { Set-Content TestDrive:/y.txt 1 }; It 'sees both' { 'TestDrive:/x.txt', 'TestDrive:/y.txt' | Should -Exist } }
    It 'inner file is gone' { 'TestDrive:/y.txt' | Should -Not -Exist }
}
Describe 'next' { It 'drive is clean' { 'TestDrive:/x.txt' | Should -Not -Exist } ; It 'defined in run only' { Get-Variable each -ErrorAction Ignore | Should -BeNullOrEmpty } }
Describe 'module' {
    BeforeAll { $m = New-Module -Name InScopeM -ScriptBlock { $hidden = 42; function Get-Hidden { $hidden }; function Get-Open { Get-Hidden }; Export-ModuleMember Get-Open } | Import-Module -PassThru -Force }
    AfterAll { Remove-Module InScopeM }
    It 'hidden' { { Get-Hidden } | Should -Throw }
    It 'in module' { InModuleScope InScopeM { Get-Hidden | Should -Be 42; $hidden } | Should -Be 42 }
    It 'in module with parameters' { InModuleScope InScopeM -Parameters @{ P = 5 } { param($P) $P + $hidden } | Should -Be 47 }
    It 'no such module' { InModuleScope NoSuchM { 1 } }
}
