namespace RaftKv.Engine.Storage;

/// <summary>
/// Who a data directory belongs to, made once by <c>init</c> and never changed. Without it a server that lost its disk
/// would come back as itself with an empty log, and could elect a leader that lacks acknowledged writes (P7, M7).
/// </summary>
/// <param name="ClusterId">The cluster, a GUID in its 32-digit form.</param>
/// <param name="ServerId">The server's id in it.</param>
/// <param name="Incarnation">A random number that tells this directory from any other that was ever made for the same server.</param>
public sealed record NodeIdentity(string ClusterId, int ServerId, ulong Incarnation)
{
    /// <summary>Makes the identity file, durably.</summary>
    /// <exception cref="IOException">The directory has one already.</exception>
    public static NodeIdentity Create(IDisk disk, string dataDirectory, string clusterId, int serverId, ulong incarnation) =>
        throw new NotImplementedException();

    /// <summary>Reads the identity file.</summary>
    /// <exception cref="InvalidDataException">There is none or it is damaged; the message says how to make one.</exception>
    public static NodeIdentity Read(IDisk disk, string dataDirectory) => throw new NotImplementedException();
}
