using System.Reflection;
using System.Runtime.CompilerServices;
using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Services;

/// <summary>What does not change while a server runs and its services tell.</summary>
/// <param name="Config">Its config, with absolute paths.</param>
/// <param name="Identity">Whose data directory it has.</param>
/// <param name="LogPath">Its text log.</param>
internal sealed record ServerFacts(ServerConfig Config, NodeIdentity Identity, string LogPath)
{
    /// <summary>When this process began to serve.</summary>
    public DateTimeOffset StartedUtc { get; } = DateTimeOffset.UtcNow;

    /// <summary>Version of this build and a hash of the code it was made from, with <c>.aot</c> behind them when it is the native one.</summary>
    public static string Build { get; } =
        (typeof(ServerFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown")
        + (RuntimeFeature.IsDynamicCodeSupported ? "" : ".aot");
}
