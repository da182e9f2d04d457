using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using RaftKv.Api;
using RaftKv.Api.Clusters;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Agent;

/// <summary>
/// Ports held for the agent's life by lock files, so that two clusters that start at the same moment, and servers that
/// are down for a while, never meet. A lock file also names the file of the cluster that will want the port again after it
/// was stopped: while that file names the port, it is given to no other. The range lies outside the ports that systems hand out for outgoing connections.
/// The files stay behind: deleting one could let two agents hold locks on two files of the same name.
/// </summary>
internal sealed partial class PortReservations(string directory) : IDisposable
{
    /// <summary>The first port that is tried.</summary>
    public const int First = 20000;

    /// <summary>The last one.</summary>
    public const int Last = 29999;

    /// <summary>The longest path that a lock file names.</summary>
    private const int MaxNoteBytes = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, FileStream> _held = [];

    /// <summary>This user's lock files on this machine.</summary>
    public static string DefaultDirectory => Path.Combine(Path.GetTempPath(), $"raftkv-ports-{User}");

    /// <summary>The user's name; where there is none, as for a number that a container was given, the number.</summary>
    private static string User => Environment.UserName is { Length: > 0 } name ? name
        : OperatingSystem.IsWindows() ? "" : GetUserId().ToString(CultureInfo.InvariantCulture);

    /// <summary>Reserves ports that no one listens on.</summary>
    /// <param name="count">How many.</param>
    /// <param name="address">The address they will be bound to.</param>
    /// <param name="keptBy">The file of a cluster that will want them again; empty for none.</param>
    /// <returns>Fewer when the range is exhausted.</returns>
    /// <exception cref="IOException">The directory of the lock files cannot be used; the message names it and the way out.</exception>
    public IReadOnlyList<int> Reserve(int count, IPAddress address, string keptBy = "")
    {
        var ports = new List<int>(count);
        WithDirectory(() =>
        {
            for (var port = First; port <= Last && ports.Count < count; port++)
            {
                if (TryReserve(port, address, keptBy, isAsked: false))
                {
                    ports.Add(port);
                }
            }
        });
        return ports;
    }

    /// <summary>Reserves these very ports.</summary>
    /// <returns>Those that somebody else has, or listens on.</returns>
    /// <exception cref="IOException">The directory of the lock files cannot be used; the message names it and the way out.</exception>
    public IReadOnlyList<int> ReserveThese(IEnumerable<int> ports, IPAddress address, string keptBy = "")
    {
        var taken = new List<int>();
        WithDirectory(() => taken.AddRange(ports.Where(port => !TryReserve(port, address, keptBy, isAsked: true))));
        return taken;
    }

    private void WithDirectory(Action reserve)
    {
        lock (_lock)
        {
            try
            {
                Directory.CreateDirectory(directory);
                reserve();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException(
                    $"The lock files of ports cannot be kept in '{directory}': {e.Message} If another user made that directory, let "
                    + $"{(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR")} name a directory of your own.", e);
            }
        }
    }

    private bool TryReserve(int port, IPAddress address, string keptBy, bool isAsked)
    {
        if (_held.ContainsKey(port) || TryLock(port) is not { } file)
        {
            return false;
        }

        if ((!isAsked && IsKept(file, port)) || !IsFree(port, address))
        {
            file.Dispose();
            return false;
        }

        NoteKeeper(file, keptBy);
        _held[port] = file;
        return true;
    }

    /// <summary>Whether a stopped cluster will want the port again: the lock file names its file, and that names the port.</summary>
    private static bool IsKept(FileStream file, int port)
    {
        var bytes = new byte[MaxNoteBytes];
        var note = Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        try
        {
            return note.Length > 0 && File.Exists(note) && ClusterSpec.Load(note).Servers.Any(s => s.Endpoint.Port == port);
        }
        catch (RaftKvException)
        {
            // Half written by hand, or of a newer version: which ports it wants is not known, so this one is left to it.
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's, or gone in this moment: anyone who listens on the port is found by listening on it.
            return false;
        }
    }

    private static void NoteKeeper(FileStream file, string keptBy)
    {
        try
        {
            file.SetLength(0);
            file.Write(Encoding.UTF8.GetBytes(keptBy));
            file.Flush();
        }
        catch (IOException)
        {
            // Without room for the note the port may be another's when the cluster comes back, which is told then.
        }
    }

    /// <summary>Gives ports back that will not be used.</summary>
    public void Release(IEnumerable<int> ports)
    {
        lock (_lock)
        {
            foreach (var port in ports)
            {
                if (_held.Remove(port, out var file))
                {
                    file.Dispose();
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var file in _held.Values)
            {
                file.Dispose();
            }

            _held.Clear();
        }
    }

    private FileStream? TryLock(int port)
    {
        try
        {
            return FileLock.Acquire(Path.Combine(directory, $"{port}.lock"));
        }
        catch (FileLockedException)
        {
            return null;
        }
    }

    private static bool IsFree(int port, IPAddress address)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetUserId();
}
