using System.Net;
using System.Net.Sockets;
using RaftKv.Engine.Storage;

namespace RaftKv.Node.Agent;

/// <summary>
/// Ports held for the agent's life by lock files, so that two clusters that start at the same moment, and servers that
/// are down for a while, never meet. The range lies outside the ports that systems hand out for outgoing connections.
/// The files stay behind empty: deleting one could let two agents hold locks on two files of the same name.
/// </summary>
internal sealed class PortReservations(string directory) : IDisposable
{
    /// <summary>The first port that is tried.</summary>
    public const int First = 20000;

    /// <summary>The last one.</summary>
    public const int Last = 29999;

    private readonly Lock _lock = new();
    private readonly Dictionary<int, FileStream> _held = [];

    /// <summary>This user's lock files on this machine.</summary>
    public static string DefaultDirectory => Path.Combine(Path.GetTempPath(), $"raftkv-ports-{Environment.UserName}");

    /// <summary>Reserves ports that nobody listens on.</summary>
    /// <param name="count">How many.</param>
    /// <param name="address">The address they will be bound to.</param>
    /// <returns>Fewer when the range is exhausted.</returns>
    /// <exception cref="IOException">The directory of the lock files cannot be used; the message names it and the way out.</exception>
    public IReadOnlyList<int> Reserve(int count, IPAddress address)
    {
        var ports = new List<int>(count);
        lock (_lock)
        {
            try
            {
                ReserveInto(ports, count, address);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException(
                    $"The lock files of ports cannot be kept in '{directory}': {e.Message} If another user made that directory, let "
                    + $"{(OperatingSystem.IsWindows() ? "TMP" : "TMPDIR")} name a directory of your own.", e);
            }
        }

        return ports;
    }

    private void ReserveInto(List<int> ports, int count, IPAddress address)
    {
        Directory.CreateDirectory(directory);
        for (var port = First; port <= Last && ports.Count < count; port++)
        {
            if (!_held.ContainsKey(port) && TryLock(port) is { } file)
            {
                if (IsFree(port, address))
                {
                    _held[port] = file;
                    ports.Add(port);
                }
                else
                {
                    file.Dispose();
                }
            }
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
}
