namespace RaftKv.Node.Observability;

/// <summary>
/// Numbers of log records, in blocks by room, so that logs can be searched by them. They may only grow:
/// 1005, 2000, 2002, 3005 and 3008 were given to nothing and stay free.
/// </summary>
internal static class EventIds
{
    // Transport: 1000 to 1999.
    public const int PeerConnected = 1000;
    public const int PeerDisconnected = 1001;
    public const int PeerRefusedUs = 1002;
    public const int PeerRefused = 1003;
    public const int PeerAccepted = 1004;
    public const int PeerSentNonsense = 1006;
    public const int PeerConnectFailed = 1007;
    public const int PeerCalledRefused = 1008;
    public const int PeerNotRecorded = 1009;

    // Services: 2000 to 2999.
    public const int MatrixChanged = 2001;
    public const int ExitAsked = 2003;
    public const int LogLevelChanged = 2004;
    public const int LeadershipTransferred = 2005;
    public const int MembershipChanged = 2006;

    // The server as a whole: 3000 to 3999.
    public const int Starting = 3000;
    public const int Recovered = 3001;
    public const int Ready = 3002;
    public const int RoleChanged = 3003;
    public const int Halted = 3004;
    public const int Stopped = 3006;
    public const int StartFailed = 3007;
    public const int MatrixLoaded = 3009;
    public const int ConfigurationInForce = 3010;
    public const int RemovedFromCluster = 3011;
    public const int WentOn = 3012;
    public const int SnapshotDamaged = 3013;
    public const int ToldRemoved = 3014;
    public const int SnapshotRefused = 3015;
    public const int WaitsForRoom = 3016;
    public const int HasRoom = 3017;

    // The agent: 4000 to 4999.
    public const int ServerStarted = 4000;
    public const int ServerEnded = 4001;
    public const int FaultsUnknown = 4002;
    public const int FaultsTold = 4003;
}
