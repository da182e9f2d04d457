using System.Text;

namespace RaftKv.Node.Observability;

/// <summary>
/// A text file that is appended to, begins again at a size, and outlives a full disk and anyone who cuts it from outside. The one before keeps its name with
/// ".1" behind it, so that both take at most twice the size. Not thread-safe.
/// </summary>
internal sealed class TextLogFile : IDisposable
{
    /// <summary>The size at which a log begins again unless said otherwise.</summary>
    public const long DefaultMaxBytes = 64L * 1024 * 1024;

    /// <summary>The smallest such size.</summary>
    public const long LeastMaxBytes = 64 * 1024;

    /// <summary>The largest such size.</summary>
    public const long MostMaxBytes = 1024L * 1024 * 1024;

    private readonly string _path;
    private readonly long _maxBytes;
    private FileStream? _stream;
    private long _length;

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="IOException">It can be neither.</exception>
    public TextLogFile(string path, long maxBytes)
    {
        _path = path;
        _maxBytes = maxBytes;
        Open();
    }

    /// <summary>The name of the file before.</summary>
    public static string PreviousOf(string path) => path + ".1";

    /// <summary>Appends whole lines.</summary>
    /// <returns>False when the disk did not take all of them; then as far as possible none of them is there.</returns>
    public bool TryAppend(string lines)
    {
        var bytes = Encoding.UTF8.GetBytes(lines);
        try
        {
            FollowTheFile();
            if (_length > 0 && _length + bytes.Length > _maxBytes)
            {
                BeginAnew();
            }

            if (_stream is null)
            {
                Open();
            }

            _stream!.Write(bytes);
            _stream.Flush();
            _length += bytes.Length;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            CutOffWhatIsTorn();
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _stream?.Dispose();
        }
        catch (IOException)
        {
            // Nothing is buffered that could be lost here.
        }

        _stream = null;
    }

    private void Open()
    {
        _stream = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        _length = _stream.CanSeek ? _stream.Seek(0, SeekOrigin.End) : 0;
    }

    /// <summary>
    /// Goes on where the file ends now: somebody may have cut it, as tools that rotate logs do, or written a line into it.
    /// At the old place there would be a gap of zeros before the next line.
    /// </summary>
    private void FollowTheFile()
    {
        if (_stream is { CanSeek: true } stream && stream.Length != _length)
        {
            _length = stream.Seek(0, SeekOrigin.End);
        }
    }

    /// <summary>Where the old file cannot get its other name, as when somebody holds it open on Windows, the log goes on in it.</summary>
    private void BeginAnew()
    {
        Dispose();
        try
        {
            File.Move(_path, PreviousOf(_path), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Tried again with the next lines.
        }

        Open();
    }

    private void CutOffWhatIsTorn()
    {
        try
        {
            _stream?.SetLength(_length);
        }
        catch (Exception e) when (e is IOException or NotSupportedException or ArgumentException)
        {
            // Then half a line stays, which the next one follows.
        }

        // Opened again for the next lines, so that they go where the file ends then.
        Dispose();
    }
}
