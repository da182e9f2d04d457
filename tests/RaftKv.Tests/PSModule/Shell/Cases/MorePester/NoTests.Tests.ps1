Describe 'only empty' { }
