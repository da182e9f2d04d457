namespace RaftKv.Base;

/// <summary>
/// The ids of the errors that the cmdlets find themselves; those that the client library finds have the name of their kind
/// (<see cref="ErrorMapping.IdOf"/>). One id means one thing forever: scripts match on it, so none is reused or renamed.
/// </summary>
internal static class ErrorIds
{
    public const string KeyNotFound = "KeyNotFound";
    public const string NoLeader = "NoLeader";
    public const string ValueInvalid = "ValueInvalid";
    public const string KeyInvalid = "KeyInvalid";
    public const string ServerNotFound = "ServerNotFound";
    public const string PartitionInvalid = "PartitionInvalid";
    public const string ChaosDisabled = "ChaosDisabled";
    public const string ChaosRunning = "ChaosRunning";
    public const string NoCluster = "NoCluster";
    public const string ClusterAmbiguous = "ClusterAmbiguous";
    public const string ClusterStopped = "ClusterStopped";
    public const string WaitTimeout = "WaitTimeout";
    public const string OptionInvalid = "OptionInvalid";
    public const string ExperimentNotFound = "ExperimentNotFound";
    public const string InvalidArgument = "InvalidArgument";
    public const string FileInvalid = "FileInvalid";
    public const string ResultFileInvalid = "ResultFileInvalid";
    public const string ModuleIncomplete = "ModuleIncomplete";
}
