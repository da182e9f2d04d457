namespace RaftKv.Api.Connections;

/// <summary>What a call can do to the user's data; decides how giving up is reported.</summary>
internal enum CallKind
{
    /// <summary>Changes nothing.</summary>
    Read,

    /// <summary>Opens a session: a change in the cluster, but none of the user's data.</summary>
    OpenSession,

    /// <summary>Changes the user's data.</summary>
    Write,
}
