BeforeAll { throw 'root setup' }
Describe 'd' { It 'a' { }; It 'b' { } }
Describe 'e' { It 'c' -Skip { } }
