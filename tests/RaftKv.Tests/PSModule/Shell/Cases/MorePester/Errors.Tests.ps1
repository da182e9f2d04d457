Describe 'first' { It 'a' { } }
throw 'in discovery'
