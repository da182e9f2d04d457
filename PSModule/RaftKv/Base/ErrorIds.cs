namespace RaftKv.Base;

/// <summary>
/// The ids of all error records. One id means one thing forever: scripts match on it, so none is reused or renamed.
/// </summary>
internal static class ErrorIds
{
    public const string KeyNotFound = "KeyNotFound";
    public const string VersionMismatch = "VersionMismatch";
    public const string NoLeader = "NoLeader";
    public const string ServerUnreachable = "ServerUnreachable";
    public const string WriteOutcomeUnknown = "WriteOutcomeUnknown";
    public const string ReadTimeout = "ReadTimeout";
    public const string Overloaded = "Overloaded";
    public const string KeyTooLarge = "KeyTooLarge";
    public const string ValueTooLarge = "ValueTooLarge";
    public const string ValueInvalid = "ValueInvalid";
    public const string KeyInvalid = "KeyInvalid";
    public const string ServerNotFound = "ServerNotFound";
    public const string WrongCluster = "WrongCluster";
    public const string PartitionInvalid = "PartitionInvalid";
    public const string ChaosDisabled = "ChaosDisabled";
    public const string ChaosRunning = "ChaosRunning";
    public const string PortInUse = "PortInUse";
    public const string DataDirectoryInUse = "DataDirectoryInUse";
    public const string DataDirectoryMissing = "DataDirectoryMissing";
    public const string NoCluster = "NoCluster";
    public const string ClusterAmbiguous = "ClusterAmbiguous";
    public const string ServerStartFailed = "ServerStartFailed";
    public const string ServerRunning = "ServerRunning";
    public const string ClusterFileInvalid = "ClusterFileInvalid";
    public const string WaitTimeout = "WaitTimeout";
    public const string OptionInvalid = "OptionInvalid";
    public const string ExperimentNotFound = "ExperimentNotFound";
    public const string InvalidArgument = "InvalidArgument";
    public const string AccessDenied = "AccessDenied";
    public const string FileInvalid = "FileInvalid";
    public const string ResultFileInvalid = "ResultFileInvalid";
    public const string TransferFailed = "TransferFailed";
    public const string MembershipBusy = "MembershipBusy";
    public const string MajorityAtRisk = "MajorityAtRisk";
    public const string NotCaughtUp = "NotCaughtUp";
    public const string NotLeader = "NotLeader";
    public const string BackupInvalid = "BackupInvalid";
    public const string ModuleIncomplete = "ModuleIncomplete";
    public const string Unexpected = "Unexpected";
}
