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
        UnauthorizedAccessException or IOException when target is string path && Directory.Exists(path) => new(new ErrorRecord(
            new RaftException(ErrorIds.FileInvalid, $"'{path}' is a directory, and a file is needed. Name a file in it.", exception), ErrorIds.FileInvalid, ErrorCategory.OpenError, target), true),
        IOException or UnauthorizedAccessException => Make(ErrorIds.FileInvalid, ErrorCategory.OpenError, true, exception, target),
        ArgumentException => Make(nameof(ErrorKind.InvalidArgument), ErrorCategory.InvalidArgument, true, exception, target),
        _ => Make(nameof(ErrorKind.Unexpected), ErrorCategory.InvalidOperation, true, exception, target),
    };

    /// <summary>A kind's id: its name, but for two that scripts know by a longer one.</summary>
    internal static string IdOf(ErrorKind kind) => kind switch
    {
        ErrorKind.OutcomeUnknown => "WriteOutcomeUnknown",
        ErrorKind.Denied => "AccessDenied",
        _ => kind.ToString(),
    };

    /// <summary>The category and weight of each kind. Kinds without a row of their own are bugs and end the cmdlet.</summary>
    internal static (ErrorCategory Category, bool Terminating) Row(ErrorKind kind) => kind switch
    {
        ErrorKind.KeyNotFound or ErrorKind.ServerNotFound => (ErrorCategory.ObjectNotFound, false),
        ErrorKind.VersionMismatch => (ErrorCategory.WriteError, false),
        ErrorKind.NoLeader or ErrorKind.MajorityAtRisk => (ErrorCategory.ResourceUnavailable, false),
        ErrorKind.ServerUnreachable => (ErrorCategory.ConnectionError, false),
        ErrorKind.OutcomeUnknown or ErrorKind.ReadTimeout or ErrorKind.NotCaughtUp => (ErrorCategory.OperationTimeout, false),
        ErrorKind.Overloaded or ErrorKind.KeyTooLarge or ErrorKind.ValueTooLarge => (ErrorCategory.LimitsExceeded, false),
        ErrorKind.WrongCluster or ErrorKind.ServerRunning => (ErrorCategory.InvalidOperation, true),
        ErrorKind.PartitionInvalid or ErrorKind.InvalidArgument => (ErrorCategory.InvalidArgument, true),
        ErrorKind.ChaosDisabled => (ErrorCategory.NotEnabled, true),
        ErrorKind.PortInUse => (ErrorCategory.ResourceUnavailable, true),
        ErrorKind.DataDirectoryInUse => (ErrorCategory.ResourceBusy, true),
        ErrorKind.DataDirectoryMissing => (ErrorCategory.ObjectNotFound, true),
        ErrorKind.ServerStartFailed => (ErrorCategory.OpenError, true),
        ErrorKind.ClusterFileInvalid or ErrorKind.BackupInvalid => (ErrorCategory.InvalidData, true),
        ErrorKind.WaitTimeout => (ErrorCategory.OperationTimeout, true),
        ErrorKind.TransferFailed => (ErrorCategory.OperationStopped, false),
        ErrorKind.MembershipBusy => (ErrorCategory.ResourceBusy, false),
        ErrorKind.NotLeader => (ErrorCategory.InvalidOperation, false),
        ErrorKind.Denied => (ErrorCategory.PermissionDenied, true),
        _ => (ErrorCategory.InvalidOperation, true),
    };

    private static Mapped Map(RaftKvException known, object? target)
    {
        string id = IdOf(known.Kind);
        (ErrorCategory category, bool terminating) = Row(known.Kind);
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
