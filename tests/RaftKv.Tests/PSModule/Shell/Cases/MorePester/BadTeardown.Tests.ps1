AfterAll { throw 'root teardown' }
Describe 'd' { AfterAll { throw 'block teardown' }; It 'a' { } }
