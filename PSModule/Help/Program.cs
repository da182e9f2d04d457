using RaftKv.Help;

// Called by the build of the module, once for each change of the cmdlets or their comments.
if (args.Length != 4)
{
    Console.Error.WriteLine("usage: RaftKv.Help CMDLETS.dll CMDLETS.xml REFERENCES.txt OUTPUT.xml");
    return 2;
}

DocComments comments = DocComments.Load(args[1]);
IReadOnlyList<CmdletHelp> cmdlets = CmdletReader.Read(args[0], File.ReadAllLines(args[2]), comments);
IReadOnlyList<string> faults = [.. cmdlets.SelectMany(cmdlet => cmdlet.Faults())];
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
return 0;
