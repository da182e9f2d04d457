using System.CommandLine;
using RaftKv.Node;
using RaftKv.Node.Commands;

var root = new RootCommand("A server of a replicated key-value store, and the tools for its machine and its files.")
{
    InitCommand.Create(),
    ServeCommand.Create(),
    InspectCommand.Create(),
    EditCommand.Create(),
    BackupCommand.Create(),
    AgentCommand.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    parsed.Invoke();
    return (int)ExitCode.Usage;
}

return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
