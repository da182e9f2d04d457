Describe 'd1' -Tag 'Fast', 'CI' { It 'a' { }; It 'b' -Tag 'Slow' { }; Context 'c' -Tag Net { It 'd' { }; It 'e' -Tag Slow, Fast { } } }
Describe 'd2' -Tags 'Slow' { It 'f' { throw 'f' } }
Describe 'd3' { It 'g' -Tag 'CI' { }; It 'h' { } }
