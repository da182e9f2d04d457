namespace RaftKv.Node.Options;

/// <summary>What lies in a server's data directory beside its data, which the engine names itself.</summary>
internal static class ServerFiles
{
    /// <summary>The config that the server runs with.</summary>
    public const string Config = "server.json";

    /// <summary>The text log.</summary>
    public const string TextLog = "server.log";

    /// <summary>A matrix that is put in force before the server listens, and then deleted: an agent leaves it there.</summary>
    public const string FaultMatrix = "chaos.json";
}
