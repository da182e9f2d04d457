using System.Management.Automation;
using RaftKv.Api;
using RaftKv.Api.Clients;
using RaftKv.Arguments;
using RaftKv.Base;
using RaftKv.Cmdlets;

namespace RaftKv.Commands;

/// <summary>Sets keys to values.</summary>
/// <remarks>
/// <para>A value is text or bytes. A write is acknowledged once a majority of the servers has it on disk. Retries after a lost answer are applied once.</para>
/// <para>From the pipeline many writes are under way at once, in the order of the input for each key. An error with the id WriteOutcomeUnknown means that the write may or may not have happened, which is not the same as a failure. However the pipeline ends, what was taken from it is brought to its end, and what failed or is unknown is told.</para>
/// <para>An object from the pipeline brings its value as its property Value, a file object brings the bytes of the file, and a string or byte array is a value itself. One key takes one string, byte array or file: when more come for the same -Key nothing is set, rather than the last one kept.</para>
/// <para>With -Server the write goes to that server alone: one attempt, no redirect, no retry. A server that does not lead refuses it with the id NotLeader. One that leads without knowing that the others have left it takes the write into its log, where it stays uncommitted: the outcome is unknown, until the server is back and either keeps the entry or drops it. By default such a leader steps down within an election timeout (the option CheckQuorum).</para>
/// <para>A conversion is exact or an error: numbers, empty collections and text with half of a surrogate pair are refused with the id ValueInvalid, a key that no bytes say exactly with KeyInvalid.</para>
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
/// <code>Get-Content -Raw notes.txt | Set-RaftValue notes</code>
/// Stores the text of a file under one key. Without -Raw the file comes line by line, which is refused.
/// </example>
/// <example>
/// <code>Get-ChildItem *.txt | Set-RaftValue -Key { $_.Name }</code>
/// Stores each file byte by byte under its name. A script block for -Key, -Value or -Cluster is evaluated for each object.
/// </example>
/// <example>
/// <code>Set-RaftValue config -Path ./config.bin -IfVersion 0 -PassThru</code>
/// Stores a file byte by byte, but only if the key does not exist yet, and shows its version.
/// </example>
/// <example>
/// <code>Set-RaftValue color green -Server (Get-RaftLeader)</code>
/// Hands the write to the leader alone. On one that Set-RaftPartition has cut off it ends with WriteOutcomeUnknown, and Get-RaftLog shows its entry uncommitted.
/// </example>
[Cmdlet(VerbsCommon.Set, "RaftValue", SupportsShouldProcess = true, DefaultParameterSetName = ValueSet)]
[OutputType(typeof(RaftValue))]
public sealed class SetRaftValueCommand : WritingCmdlet
{
    private const string ValueSet = "Value";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string InputSet = "Input";

    /// <summary>More than the largest value that a cluster can be told to take.</summary>
    private const int MaxFileBytes = 64 * 1024 * 1024;

    private PipedValue _only;
    private int _piped;
    private long _taken;
    private bool _keyIsFixed;

    /// <summary>The key. Case matters, and wildcards have no meaning. A key whose bytes are no UTF-8 is written by them, as in '\x{FF61}'.</summary>
    [Parameter(Position = 0, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [AllowEmptyString]
    public string Key { get; set; } = "";

    /// <summary>The value: a string, stored as UTF-8, or a byte array.</summary>
    [Parameter(Position = 1, Mandatory = true, ParameterSetName = ValueSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [AllowNull]
    public PSObject? Value { get; set; }

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

    /// <summary>What comes from the pipeline: an object with the property Value, a file, a string or a byte array.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputSet, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public PSObject? InputObject { get; set; }

    /// <summary>Writes only if the pair has this version; 0 means that the key must not exist. Otherwise the error VersionMismatch tells the actual one.</summary>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long? IfVersion { get; set; }

    /// <summary>Hands the write to this server alone: id, name, or server object. Without it, to the leader, which is found again when it changes.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ServerCompleter))]
    [ValidateNotNullOrEmpty]
    public RaftServerReference[]? Server { get; set; }

    /// <summary>How many seconds a write may take with all its retries.</summary>
    [Parameter]
    [Alias("Timeout")]
    [ValidateRange(0.05, 86400.0)]
    public double TimeoutSec { get; set; } = 10;

    /// <summary>Returns each pair with its new version.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // A script block for -Key gives each object from the pipeline a key of its own, and is not looked at before the first one.
        _keyIsFixed = Key.Length > 0;
        if (MyInvocation.BoundParameters.TryGetValue(nameof(Key), out object? given) && given is "")
        {
            // As the binder says it. From the pipeline an empty key is named with its place, which the binder does not know.
            Fail("ParameterArgumentValidationError", ErrorCategory.InvalidData, Key, "The key is empty: a key has one character at least.");
        }
    }

    private protected override void Take()
    {
        _taken++;
        if (Key.Length == 0)
        {
            Report(ErrorIds.KeyInvalid, ErrorCategory.InvalidArgument, InputObject,
                $"Object {_taken} of the input has an empty Key: nothing was set for it. In a CSV it is row {_taken}, on line {_taken + 1} where no cell before has a line break.");
            return;
        }

        switch (ParameterSetName)
        {
            case ValueSet:
                Set(ToBytes(Value));
                break;
            case PathSet:
                Set(ReadFile(Path, hasWildcards: true));
                break;
            case LiteralPathSet:
                Set(ReadFile(LiteralPath, hasWildcards: false));
                break;
            default:
                Take(PipedValue.Of(InputObject));
                break;
        }
    }

    private protected override void TakeLast()
    {
        if (_piped == 1)
        {
            Set(Bytes(_only));
        }
        else if (_piped > 1)
        {
            Report(ErrorIds.ValueInvalid, ErrorCategory.InvalidArgument, Key,
                $"Key '{RaftText.Visible(Key)}' was not set: {_piped} values came for it, and it holds one. Lines of a file become one value with "
                + "Get-Content -Raw, a file is stored byte by byte with -Path, and text is joined with -join. For a key a value, pipe objects with Key and Value.");
        }
    }

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

    /// <summary>What names no key of its own waits for the end of the input: more of its kind would overwrite each other.</summary>
    private void Take(PipedValue piped)
    {
        if (!_keyIsFixed || piped.NamesItsValue)
        {
            Set(Bytes(piped));
        }
        else if (piped.Value is byte)
        {
            ToBytes(piped.Value);
        }
        else if (++_piped == 1)
        {
            _only = piped;
        }
    }

    private byte[]? Bytes(PipedValue piped) => piped.FilePath is { } path ? ReadFile(path, hasWildcards: false) : ToBytes(piped.Value);

    private void Set(byte[]? value)
    {
        ServerTarget? only = Server is null ? null : OnlyServer(Server);
        RaftCluster cluster = only?.Cluster ?? TargetCluster();
        string key = Key;
        if (value is null || KeyBytes(key) is not { } keyBytes
            || !ShouldProcess($"Key '{RaftText.Visible(key)}' in cluster '{cluster.Name}'", $"Set to {value.Length} bytes{(only is null ? "" : $" at {only.Name}")}"))
        {
            return;
        }

        KvClient client = cluster.Session.KeyValue(TimeSpan.FromSeconds(TimeoutSec));
        WriteCondition condition = new() { Version = IfVersion };
        Window.Add(
            cluster.ClusterId + "/" + key,
            keyBytes.Length + value.Length,
            token => only is null ? client.PutAsync(keyBytes, value, condition, token) : client.PutAtAsync(only.Id, keyBytes, value, condition, token),
            PassThru ? result => WriteObject(Pair(key, value, result, cluster)) : null,
            error => Report(error, TargetOf(error, key, cluster)));
    }

    private ServerTarget OnlyServer(RaftServerReference[] references)
    {
        IReadOnlyList<ServerTarget> targets = TargetServers(references);
        if (targets.Count != 1)
        {
            Fail(ErrorIds.InvalidArgument, ErrorCategory.InvalidArgument, references,
                $"A write goes to one server, and -Server means {targets.Count}. Nothing was set.");
        }

        return targets[0];
    }

    /// <summary>The bytes of a value, or null after an error record.</summary>
    private byte[]? ToBytes(object? value)
    {
        byte[]? bytes = ValueArgument.ToBytes(value, out string reason);
        if (bytes is null)
        {
            Report(ErrorIds.ValueInvalid, ErrorCategory.InvalidArgument, Key, $"Key '{RaftText.Visible(Key)}' was not set. {reason}");
        }

        return bytes;
    }

    /// <summary>The bytes of a file, or null after an error record.</summary>
    private byte[]? ReadFile(string path, bool hasWildcards)
    {
        try
        {
            return ReadBounded(hasWildcards ? OneFile(path) : ResolveOutputPath(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            WriteError(new ErrorRecord(
                new RaftException(ErrorIds.FileInvalid, exception.Message, exception), ErrorIds.FileInvalid, ErrorCategory.ReadError, Key));
            return null;
        }
    }

    /// <summary>The bytes of a file; of one that is larger than any value, or has no end, only as many as show that.</summary>
    private static byte[] ReadBounded(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a directory, and the value is a file's content. Name a file in it.");
        }

        using FileStream file = File.OpenRead(path);
        MemoryStream bytes = new();
        byte[] buffer = new byte[64 * 1024];
        for (int count; bytes.Length <= MaxFileBytes && (count = file.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, count);
        }

        return bytes.Length <= MaxFileBytes
            ? bytes.ToArray()
            : throw new IOException($"'{path}' holds more than {MaxFileBytes / 1024 / 1024} MiB, which is more than a value can.");
    }

    private string OneFile(string path)
    {
        try
        {
            ResolveOutputPath(path);
            System.Collections.ObjectModel.Collection<string> paths = GetResolvedProviderPathFromPSPath(path, out _);
            return paths.Count == 1 ? paths[0] : throw new IOException($"'{path}' matches {paths.Count} files; a value is one of them.");
        }
        catch (ItemNotFoundException exception)
        {
            throw new FileNotFoundException(exception.Message, path, exception);
        }
    }
}
