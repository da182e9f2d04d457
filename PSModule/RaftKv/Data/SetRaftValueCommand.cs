using System.Management.Automation;
using System.Text;
using RaftKv.Api;
using RaftKv.Arguments;
using RaftKv.Base;

namespace RaftKv.Commands;

/// <summary>Sets keys to values.</summary>
/// <remarks>
/// <para>A value is text or bytes. A write is acknowledged once a majority of the servers has it on disk. Retries after a lost answer are applied once.</para>
/// <para>From the pipeline many writes are under way at once, in the order of the input for each key. An error with the id WriteOutcomeUnknown means that the write may or may not have happened, which is not the same as a failure.</para>
/// </remarks>
/// <example>
/// <code>Set-RaftValue color blue</code>
/// Sets the key color to the text blue.
/// </example>
/// <example>
/// <code>Import-Csv kv.csv | Set-RaftValue</code>
/// Sets a key for each row of a CSV with the columns Key and Value.
/// </example>
/// <example>
/// <code>Set-RaftValue config -Path ./config.bin -IfVersion 0 -PassThru</code>
/// Stores a file byte by byte, but only if the key does not exist yet, and shows its version.
/// </example>
[Cmdlet(VerbsCommon.Set, "RaftValue", SupportsShouldProcess = true, DefaultParameterSetName = ValueSet)]
[OutputType(typeof(RaftValue))]
public sealed class SetRaftValueCommand : ClusterCmdlet
{
    private const string ValueSet = "Value";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private WriteWindow? _window;

    /// <summary>The key. Case matters, and wildcards have no meaning.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string Key { get; set; } = "";

    /// <summary>The value: a string, stored as UTF-8, or a byte array.</summary>
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = ValueSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [AllowNull]
    public object? Value { get; set; }

    /// <summary>A file whose bytes are the value. Wildcards must match one file.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string Path { get; set; } = "";

    /// <summary>A file whose bytes are the value; wildcards have no meaning.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string LiteralPath { get; set; } = "";

    /// <summary>Writes only if the pair has this version; 0 means that the key must not exist. Otherwise the error VersionMismatch tells the actual one.</summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long? IfVersion { get; set; }

    /// <summary>How many seconds a write may take with all its retries.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(0.05, 86400.0)]
    public double TimeoutSec { get; set; } = 10;

    /// <summary>Returns each pair with its new version.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RaftCluster cluster = TargetCluster();
        if (ReadValue() is not { } value || !ShouldProcess($"Key '{Key}' in cluster '{cluster.Name}'", $"Set to {value.Length} bytes"))
        {
            return;
        }

        KvClient client = cluster.Session.KeyValue(TimeSpan.FromSeconds(TimeoutSec));
        string key = Key;
        byte[] keyBytes = Encoding.UTF8.GetBytes(key);
        WriteCondition condition = new() { Version = IfVersion };
        _window ??= new WriteWindow(this, StopToken);
        _window.Add(
            cluster.ClusterId + "/" + key,
            keyBytes.Length + value.Length,
            token => client.PutAsync(keyBytes, value, condition, token),
            PassThru ? result => WriteObject(Pair(key, value, result, cluster)) : null,
            error => Report(error, TargetOf(error, key, cluster)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => _window?.Finish();

    private static RaftValue Pair(string key, byte[] value, WriteResult result, RaftCluster cluster) => new()
    {
        Key = key,
        Value = RaftValue.TextOf(value),
        Bytes = value,
        Version = result.Version,
        CreateRevision = result.CreateRevision,
        ModifyRevision = result.ModifyRevision,
        Cluster = cluster,
    };

    private static object TargetOf(Exception error, string key, RaftCluster cluster) =>
        error is RaftKvException { Kind: ErrorKind.VersionMismatch } mismatch
            ? new RaftValue { Key = key, Version = mismatch.ActualVersion, Cluster = cluster }
            : key;

    /// <summary>The bytes to store, or null after an error record.</summary>
    private byte[]? ReadValue()
    {
        if (ParameterSetName == ValueSet)
        {
            byte[]? bytes = ValueArgument.ToBytes(Value, out string reason);
            if (bytes is null)
            {
                Report(ErrorIds.ValueInvalid, ErrorCategory.InvalidArgument, Key, $"Key '{Key}' was not set. {reason}");
            }

            return bytes;
        }

        try
        {
            return File.ReadAllBytes(FilePath());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            WriteError(new ErrorRecord(
                new RaftException(ErrorIds.FileInvalid, exception.Message, exception), ErrorIds.FileInvalid, ErrorCategory.ReadError, Key));
            return null;
        }
    }

    private string FilePath()
    {
        if (ParameterSetName == LiteralPathSet)
        {
            return GetUnresolvedProviderPathFromPSPath(LiteralPath);
        }

        try
        {
            System.Collections.ObjectModel.Collection<string> paths = GetResolvedProviderPathFromPSPath(Path, out _);
            return paths.Count == 1 ? paths[0] : throw new IOException($"'{Path}' matches {paths.Count} files; a value is one of them.");
        }
        catch (ItemNotFoundException exception)
        {
            throw new FileNotFoundException(exception.Message, Path, exception);
        }
    }
}
