namespace RaftKv.Tests.Host;

/// <summary>
/// Whatever starts servers runs here, one test after the other and beside nothing else: on a small machine two clusters
/// at once would disturb each other's elections.
/// </summary>
[CollectionDefinition("servers", DisableParallelization = true)]
public sealed class ServersCollection;
