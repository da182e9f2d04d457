using System.Management.Automation;
using RaftKv.Api;

namespace RaftKv.Base;

/// <summary>The one place where failures of the client library become error records.</summary>
internal static class ErrorMapping
{
    /// <summary>An error record, and whether it ends the cmdlet.</summary>
    public readonly record struct Mapped(ErrorRecord Record, bool Terminating);

    /// <summary>Maps a failure; null for one that is not ours to explain.</summary>
    public static Mapped Map(Exception exception, object? target) => exception switch
    {
        RaftKvException known => Map(known, target),
        RaftException own => new(new ErrorRecord(own, own.ErrorId, ErrorCategory.InvalidOperation, target), true),
        InvalidDataException data => Make(ErrorIds.ResultFileInvalid, ErrorCategory.InvalidData, true, data, target),
        IOException or UnauthorizedAccessException => Make(ErrorIds.FileInvalid, ErrorCategory.OpenError, true, exception, target),
        ArgumentException => Make(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, true, exception, target),
        _ => Make(ErrorIds.Unexpected, ErrorCategory.InvalidOperation, true, exception, target),
    };

    /// <summary>The id, category and weight of each kind. Kinds without a row of their own are bugs and end the cmdlet.</summary>
    internal static (string Id, ErrorCategory Category, bool Terminating) Row(ErrorKind kind) => kind switch
    {
        ErrorKind.KeyNotFound => (ErrorIds.KeyNotFound, ErrorCategory.ObjectNotFound, false),
        ErrorKind.VersionMismatch => (ErrorIds.VersionMismatch, ErrorCategory.WriteError, false),
        ErrorKind.NoLeader => (ErrorIds.NoLeader, ErrorCategory.ResourceUnavailable, false),
        ErrorKind.ServerUnreachable => (ErrorIds.ServerUnreachable, ErrorCategory.ConnectionError, false),
        ErrorKind.OutcomeUnknown => (ErrorIds.WriteOutcomeUnknown, ErrorCategory.OperationTimeout, false),
        ErrorKind.ReadTimeout => (ErrorIds.ReadTimeout, ErrorCategory.OperationTimeout, false),
        ErrorKind.Overloaded => (ErrorIds.Overloaded, ErrorCategory.LimitsExceeded, false),
        ErrorKind.KeyTooLarge => (ErrorIds.KeyTooLarge, ErrorCategory.LimitsExceeded, false),
        ErrorKind.ValueTooLarge => (ErrorIds.ValueTooLarge, ErrorCategory.LimitsExceeded, false),
        ErrorKind.ServerNotFound => (ErrorIds.ServerNotFound, ErrorCategory.ObjectNotFound, false),
        ErrorKind.WrongCluster => (ErrorIds.WrongCluster, ErrorCategory.InvalidOperation, true),
        ErrorKind.PartitionInvalid => (ErrorIds.PartitionInvalid, ErrorCategory.InvalidArgument, true),
        ErrorKind.ChaosDisabled => (ErrorIds.ChaosDisabled, ErrorCategory.NotEnabled, true),
        ErrorKind.PortInUse => (ErrorIds.PortInUse, ErrorCategory.ResourceUnavailable, true),
        ErrorKind.DataDirectoryInUse => (ErrorIds.DataDirectoryInUse, ErrorCategory.ResourceBusy, true),
        ErrorKind.DataDirectoryMissing => (ErrorIds.DataDirectoryMissing, ErrorCategory.ObjectNotFound, true),
        ErrorKind.ServerStartFailed => (ErrorIds.ServerStartFailed, ErrorCategory.OpenError, true),
        ErrorKind.ServerRunning => (ErrorIds.ServerRunning, ErrorCategory.InvalidOperation, true),
        ErrorKind.ClusterFileInvalid => (ErrorIds.ClusterFileInvalid, ErrorCategory.InvalidData, true),
        ErrorKind.WaitTimeout => (ErrorIds.WaitTimeout, ErrorCategory.OperationTimeout, true),
        ErrorKind.InvalidArgument => (ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, true),
        ErrorKind.TransferFailed => (ErrorIds.TransferFailed, ErrorCategory.OperationStopped, false),
        ErrorKind.MembershipBusy => (ErrorIds.MembershipBusy, ErrorCategory.ResourceBusy, false),
        ErrorKind.MajorityAtRisk => (ErrorIds.MajorityAtRisk, ErrorCategory.ResourceUnavailable, false),
        ErrorKind.NotCaughtUp => (ErrorIds.NotCaughtUp, ErrorCategory.OperationTimeout, false),
        ErrorKind.NotLeader => (ErrorIds.NotLeader, ErrorCategory.InvalidOperation, false),
        ErrorKind.BackupInvalid => (ErrorIds.BackupInvalid, ErrorCategory.InvalidData, true),
        ErrorKind.Denied => (ErrorIds.AccessDenied, ErrorCategory.PermissionDenied, true),
        _ => (ErrorIds.Unexpected, ErrorCategory.InvalidOperation, true),
    };

    private static Mapped Map(RaftKvException known, object? target)
    {
        (string id, ErrorCategory category, bool terminating) = Row(known.Kind);
        RaftException exception = new(id, Explain(known), known)
        {
            ActualVersion = known.ActualVersion,
            Limit = known.Limit,
            LogTail = known.LogTail,
            Asked = known.Asked,
        };
        return new(new ErrorRecord(exception, id, category, target), terminating);
    }

    /// <summary>The message, with what the exception holds beside it where a reader needs it at once.</summary>
    private static string Explain(RaftKvException known)
    {
        List<string> lines = [known.Message];
        if (known.Asked.Count > 0 && !known.Asked.All(asked => known.Message.Contains(asked, StringComparison.Ordinal)))
        {
            lines.Add("Asked: " + string.Join("; ", known.Asked));
        }

        if (known.LogTail.Count > 0 && !known.Message.Contains(known.LogTail[^1], StringComparison.Ordinal))
        {
            lines.Add("The last lines of its log:");
            lines.AddRange(known.LogTail);
        }

        return string.Join(Environment.NewLine, lines);
    }

    private static Mapped Make(string id, ErrorCategory category, bool terminating, Exception inner, object? target) =>
        new(new ErrorRecord(new RaftException(id, inner.Message, inner), id, category, target), terminating);
}
