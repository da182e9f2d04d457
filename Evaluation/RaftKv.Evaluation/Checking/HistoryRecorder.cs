using System.Text.Encodings.Web;
using System.Text.Json;
using RaftKv.Api;

namespace RaftKv.Evaluation.Checking;

/// <summary>
/// Writes a history while it happens. The order of the lines is the order in real time: an invocation is written before
/// the request leaves, an answer after it came. Thread-safe.
/// </summary>
/// <remarks>
/// The format <see cref="HistoryFormat.RaftKv"/>, one JSON object a line:
/// <code>
/// {"process":0,"type":"invoke","f":"put","key":"a","value":"1"}
/// {"process":0,"type":"ok","f":"put","key":"a","version":1}
/// {"process":1,"type":"invoke","f":"get","key":"a"}
/// {"process":1,"type":"ok","f":"get","key":"a","value":"1","version":1}         value null: the key is absent
/// {"process":0,"type":"invoke","f":"cas","key":"a","expected":"1","value":"2"}  expected null: the key is absent
/// {"process":0,"type":"ok","f":"cas","key":"a","applied":false,"version":3}     compared and not equal: a result
/// {"process":0,"type":"invoke","f":"cas","key":"a","expectedVersion":3,"value":"2"}
/// {"process":0,"type":"info","f":"cas","key":"a","error":"OutcomeUnknown"}      unknown: the process ends here
/// {"process":2,"type":"invoke","f":"delete","key":"a"}
/// {"process":2,"type":"fail","f":"delete","key":"a","error":"NoLeader"}         certainly did not happen
/// {"process":2,"type":"invoke","f":"scan","key":"s/"}                           the key is a prefix
/// {"process":2,"type":"ok","f":"scan","key":"s/","pairs":[{"key":"s/1","value":"1","version":1}]}
/// </code>
/// A version counts the writes to a key since it was created, from 1; 0 stands for an absent key. A <c>delete</c> may say
/// <c>applied</c>. Whatever else an object holds is ignored.
/// </remarks>
public sealed class HistoryRecorder : IDisposable
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _lock = new();
    private readonly OutputFile _file;
    private readonly Dictionary<int, bool> _mayAsk = [];
    private bool _isWhole = true;

    /// <summary>Records into a file, which has its name, and replaces one that is there, at the end; makes the directory.</summary>
    public HistoryRecorder(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _file = OutputFile.Create(path);
    }

    /// <summary>Records that a process is about to ask.</summary>
    /// <returns>What the answer is to be told to; left alone, the outcome is unknown.</returns>
    /// <exception cref="InvalidOperationException">The process has not been answered yet, or an outcome of it is unknown.</exception>
    public RecordedCall Begin(int process, HistoryOperationKind kind, string key, string? value = null, string? expectedValue = null, long? expectedVersion = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(process);
        ArgumentNullException.ThrowIfNull(key);
        lock (_lock)
        {
            if (!_mayAsk.GetValueOrDefault(process, true))
            {
                throw new InvalidOperationException($"Process {process} waits for an answer, or an outcome of it is unknown.");
            }

            _mayAsk[process] = false;
            Write(process, "invoke", kind, key, json =>
            {
                if (kind is not (HistoryOperationKind.Get or HistoryOperationKind.Delete or HistoryOperationKind.Scan))
                {
                    json.WriteString("value", value);
                }

                if (expectedVersion is { } version)
                {
                    json.WriteNumber("expectedVersion", version);
                }
                else if (kind == HistoryOperationKind.CompareAndSet)
                {
                    json.WriteString("expected", expectedValue);
                }
            });
        }

        return new RecordedCall(this, process, kind, key);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            using (_file)
            {
                if (_isWhole)
                {
                    _isWhole = false;
                    _file.Complete();
                }
            }
        }
    }

    internal static HistoryOperationKind? KindOf(string? word) => word switch
    {
        "get" => HistoryOperationKind.Get,
        "put" => HistoryOperationKind.Put,
        "append" => HistoryOperationKind.Append,
        "delete" => HistoryOperationKind.Delete,
        "cas" => HistoryOperationKind.CompareAndSet,
        "scan" => HistoryOperationKind.Scan,
        _ => null,
    };

    internal void End(RecordedCall call, string type, Action<Utf8JsonWriter> details)
    {
        lock (_lock)
        {
            if (type != "info")
            {
                _mayAsk[call.Process] = true;
            }

            Write(call.Process, type, call.Kind, call.Key, details);
        }
    }

    private void Write(int process, string type, HistoryOperationKind kind, string key, Action<Utf8JsonWriter> details)
    {
        _isWhole = false; // Until the line is there.
        using (var json = new Utf8JsonWriter(_file.Stream, Json))
        {
            json.WriteStartObject();
            json.WriteNumber("process", process);
            json.WriteString("type", type);
            json.WriteString("f", kind == HistoryOperationKind.CompareAndSet ? "cas" : kind.ToString().ToLowerInvariant());
            json.WriteString("key", key);
            details(json);
            json.WriteEndObject();
        }

        _file.Stream.WriteByte((byte)'\n');
        _isWhole = true;
    }
}

/// <summary>An operation under way. Its end is told once, by one of the methods.</summary>
public sealed class RecordedCall
{
    private readonly HistoryRecorder _recorder;
    private int _ended;

    internal RecordedCall(HistoryRecorder recorder, int process, HistoryOperationKind kind, string key)
    {
        _recorder = recorder;
        Process = process;
        Kind = kind;
        Key = key;
    }

    internal int Process { get; }

    internal HistoryOperationKind Kind { get; }

    internal string Key { get; }

    /// <summary>It was answered.</summary>
    /// <param name="value">What a get found; null: the key is absent.</param>
    /// <param name="version">The key's version after it.</param>
    /// <param name="applied">Whether a compare-and-set or a delete changed anything.</param>
    public void Ok(string? value = null, long? version = null, bool? applied = null)
    {
        if (Kind == HistoryOperationKind.CompareAndSet && applied is null)
        {
            throw new ArgumentNullException(nameof(applied), "A compare-and-set either was applied or was not.");
        }

        End("ok", json =>
        {
            if (Kind == HistoryOperationKind.Get)
            {
                json.WriteString("value", value);
            }

            if (applied is { } done)
            {
                json.WriteBoolean("applied", done);
            }

            if (version is { } number)
            {
                json.WriteNumber("version", number);
            }
        });
    }

    /// <summary>A scan was answered.</summary>
    /// <param name="pairs">What it found, in the order of the keys.</param>
    public void Found(IReadOnlyList<ScannedPair> pairs) => End("ok", json =>
    {
        json.WriteStartArray("pairs");
        foreach (var pair in pairs)
        {
            json.WriteStartObject();
            json.WriteString("key", pair.Key);
            json.WriteString("value", pair.Value);
            json.WriteNumber("version", pair.Version);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>It certainly did not happen.</summary>
    public void Failed(string error) => End("fail", json => json.WriteString("error", error));

    /// <summary>It may happen at any later time or never. The process must not ask again.</summary>
    public void Unknown(string error) => End("info", json => json.WriteString("error", error));

    private void End(string type, Action<System.Text.Json.Utf8JsonWriter> details)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            throw new InvalidOperationException("The operation's end was told before.");
        }

        _recorder.End(this, type, details);
    }
}
