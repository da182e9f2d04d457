using RaftKv.Help;

// Called by the build of the module, once for each change of the cmdlets or their comments.
if (args.Length != 5)
{
    Console.Error.WriteLine("usage: RaftKv.Help CMDLETS.dll CMDLETS.xml REFERENCES.txt OUTPUT.xml OPTIONS.txt");
    return 2;
}

DocComments comments = DocComments.Load(args[1]);
string[] references = File.ReadAllLines(args[2]);
IReadOnlyList<CmdletHelp> cmdlets = CmdletReader.Read(args[0], references, comments);
IReadOnlyList<(string Name, string Meaning)> options = CmdletReader.ReadOptions(args[0], references, comments);
IReadOnlyList<string> faults =
[
    .. cmdlets.SelectMany(cmdlet => cmdlet.Faults()),
    .. options.Where(option => option.Meaning.Length == 0).Select(option => $"The option {option.Name} has no summary."),
];
foreach (string fault in faults)
{
    // In the form that the build engine shows as an error of its own.
    Console.Error.WriteLine($"{args[1]} : error RKH001: {fault}");
}

if (faults.Count > 0)
{
    return 1;
}

MamlWriter.Write(args[3], cmdlets);

// The same words for Get-RaftOption: comments do not outlive the compiler elsewhere.
File.WriteAllLines(args[4], options.Select(option => $"{option.Name}\t{option.Meaning}"));
return 0;
