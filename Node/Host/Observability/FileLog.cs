using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Threading.Channels;

namespace RaftKv.Node.Observability;

/// <summary>
/// Writes one line a record to a text file: UTC time, level, category, event id, message, and an exception flattened
/// onto the line. Loggers never wait for the disk: records pass through a bounded queue and are counted when they do
/// not fit, there or on the disk; a full disk costs records and never the log. At a size the file begins again, and the one
/// before stays beside it. Levels can be changed while it runs.
/// </summary>
internal sealed class FileLog : ILoggerProvider
{
    /// <summary>The most lines that wait to be written.</summary>
    public const int MaxQueuedLines = 8192;

    /// <summary>The most bytes that are written at once.</summary>
    private const int MaxWriteChars = 64 * 1024;

    private readonly ConcurrentDictionary<string, FileLogger> _loggers = new();
    private readonly ConcurrentDictionary<string, LogLevel> _levels = new(StringComparer.OrdinalIgnoreCase);
    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxQueuedLines) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly TextLogFile _file;
    private readonly Task _writer;
    private int _lost;

    /// <summary>Opens a log to append to.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The size at which it begins again.</param>
    /// <param name="defaultLevel">The lowest level written of categories without a level of their own.</param>
    public FileLog(string path, long maxBytes = TextLogFile.DefaultMaxBytes, LogLevel defaultLevel = LogLevel.Information)
    {
        Path = path;
        _levels[""] = defaultLevel;
        _levels["Microsoft"] = LogLevel.Warning;
        _levels["Grpc"] = LogLevel.Warning;
        _file = new TextLogFile(path, maxBytes);
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>How many records are lost so far that the log has not told of yet.</summary>
    internal int Lost => Volatile.Read(ref _lost);

    /// <summary>Sets the lowest level written of a category and all below it; an empty one means all without their own.</summary>
    public void SetLevel(string category, LogLevel level)
    {
        _levels[category] = level;
        foreach (var logger in _loggers.Values)
        {
            logger.Level = LevelOf(logger.Category);
        }
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) =>
        _loggers.GetOrAdd(categoryName, static (category, log) => new FileLogger(log, category) { Level = log.LevelOf(category) }, this);

    /// <summary>Writes what waits and closes the file.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writer.Wait(TimeSpan.FromSeconds(1));
    }

    private LogLevel LevelOf(string category)
    {
        var prefix = category;
        while (true)
        {
            if (_levels.TryGetValue(prefix, out var level))
            {
                return level;
            }

            var dot = prefix.LastIndexOf('.');
            prefix = dot < 0 ? "" : prefix[..dot];
        }
    }

    private async Task WriteAsync()
    {
        using var file = _file;
        var text = new StringBuilder();
        while (await _lines.Reader.WaitToReadAsync())
        {
            var lost = Interlocked.Exchange(ref _lost, 0);
            var count = lost;
            if (lost > 0)
            {
                text.Append(Format(LogLevel.Warning, nameof(FileLog), 0, $"{lost} records did not fit and were not written.")).Append(Environment.NewLine);
            }

            for (; text.Length < MaxWriteChars && _lines.Reader.TryRead(out var line); count++)
            {
                text.Append(line).Append(Environment.NewLine);
            }

            if (!file.TryAppend(text.ToString()))
            {
                Interlocked.Add(ref _lost, count);
            }

            text.Clear();
        }
    }

    private static string Format(LogLevel level, string category, int eventId, string message) => string.Create(
        CultureInfo.InvariantCulture,
        $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.ffffffZ} {Short(level)} {category} {eventId} {message}");

    private static string Short(LogLevel level) => level switch
    {
        LogLevel.Trace => "TRC",
        LogLevel.Debug => "DBG",
        LogLevel.Information => "INF",
        LogLevel.Warning => "WRN",
        LogLevel.Error => "ERR",
        _ => "CRT",
    };

    private sealed class FileLogger(FileLog log, string category) : ILogger
    {
        public string Category => category;

        public LogLevel Level { get; set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= Level;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var message = formatter(state, exception);
            if (exception is not null)
            {
                message += " | " + exception;
            }

            var line = Format(logLevel, category, eventId.Id, message.ReplaceLineEndings(" / "));
            if (!log._lines.Writer.TryWrite(line))
            {
                Interlocked.Increment(ref log._lost);
            }
        }
    }
}
