using RaftKv.Engine.Storage;

namespace RaftKv.Tests.Simulation;

/// <summary>
/// A disk in memory that forgets at a loss of power what was not flushed: bytes, creations, renames, deletions. Of the
/// unflushed bytes any sectors may have reached the platter, and of the names any beginning of the changes.
/// </summary>
internal sealed class SimDisk(Totals totals) : IDisk
{
    private readonly List<(string Directory, Action Change)> _unflushedNames = [];
    private SortedDictionary<string, SimFile> _visible = new(StringComparer.Ordinal);
    private SortedDictionary<string, SimFile> _durable = new(StringComparer.Ordinal);

    /// <summary>Whether nothing more fits: what would take room fails.</summary>
    public bool IsFull { get; set; }

    /// <summary>How many bytes fit, so that only what is deleted makes room; null for any number.</summary>
    public long? Capacity { get; set; }

    /// <summary>How many bytes the files take.</summary>
    public long Used => _visible.Values.Sum(f => f.Length);

    /// <summary>Whether flushes fail, after which what was unflushed may or may not be there.</summary>
    public bool FailsFlush { get; set; }

    /// <summary>After so many steps the power fails in the middle of what is being done; null for never.</summary>
    public int? PowerFailsAfterSteps { get; set; }

    /// <summary>Whether only steps that change names are counted, which are rare.</summary>
    public bool FailsOnlyAtNames { get; set; }

    /// <summary>Ends what makes its steps fail, so that someone who stands outside can change what it holds.</summary>
    public void Calm() => (IsFull, Capacity, FailsFlush, PowerFailsAfterSteps) = (false, null, false, null);

    public IDiskFile Create(string path)
    {
        Step(isName: true);
        if (_visible.ContainsKey(path))
        {
            throw new IOException($"{path} exists.");
        }

        TakeRoom(0);
        var file = new SimFile(this);
        _visible[path] = file;
        Later(path, () => _durable[path] = file);
        return file;
    }

    public IDiskFile Open(string path) => _visible.TryGetValue(path, out var file) ? file : throw new FileNotFoundException(path);

    public bool Exists(string path) => _visible.ContainsKey(path);

    public IReadOnlyList<string> List(string directory) =>
        [.. _visible.Keys.Where(p => Path.GetDirectoryName(p) == directory).Select(p => Path.GetFileName(p))];

    public void CreateDirectory(string directory)
    {
    }

    public void Rename(string from, string to)
    {
        Step(isName: true);
        _visible.Remove(from, out var file);
        _visible[to] = file!;
        Later(to, () =>
        {
            _durable.Remove(from);
            _durable[to] = file!;
        });
    }

    public void Delete(string path)
    {
        if (_visible.Remove(path))
        {
            Later(path, () => _durable.Remove(path));
        }
    }

    public void FlushDirectory(string directory)
    {
        Step(isName: true);
        FailIfAsked();
        foreach (var (_, change) in _unflushedNames.Where(n => n.Directory == directory))
        {
            change();
        }

        _unflushedNames.RemoveAll(n => n.Directory == directory);
    }

    /// <summary>The power goes; what is left is what was flushed, and what chance had written already.</summary>
    public void LosePower(Chance chance)
    {
        var lucky = chance.Below(_unflushedNames.Count + 1);
        foreach (var (_, change) in _unflushedNames.Take(lucky))
        {
            change();
        }

        totals.Add(Happening.LostRename, _unflushedNames.Count - lucky);
        _unflushedNames.Clear();
        var lost = 0L;
        foreach (var file in _durable.Values)
        {
            lost += file.LosePower(chance);
        }

        totals.Add(Happening.LostBytes, lost);
        totals.Add(Happening.CrashThatLostBytes, lost > 0 ? 1 : 0);
        _visible = new SortedDictionary<string, SimFile>(_durable, StringComparer.Ordinal);
    }

    /// <summary>What a copy of the whole disk would hold.</summary>
    public Action Copy()
    {
        var copy = _durable.ToDictionary(f => f.Key, f => f.Value.Copy(), StringComparer.Ordinal);
        return () =>
        {
            _unflushedNames.Clear();
            _durable = new SortedDictionary<string, SimFile>(copy, StringComparer.Ordinal);
            _visible = new SortedDictionary<string, SimFile>(copy, StringComparer.Ordinal);
        };
    }

    /// <summary>Everything below a directory is gone.</summary>
    public void Wipe(string directory)
    {
        _unflushedNames.Clear();
        foreach (var path in _visible.Keys.Where(p => Path.GetDirectoryName(p) == directory).ToList())
        {
            _visible.Remove(path);
        }

        _durable = new SortedDictionary<string, SimFile>(_visible, StringComparer.Ordinal);
    }

    /// <summary>One bit of what is written turns over.</summary>
    public void Rot(Chance chance, string directory)
    {
        var files = _visible.Where(f => Path.GetDirectoryName(f.Key) == directory).Select(f => f.Value).ToList();
        if (files.Count > 0)
        {
            chance.Pick(files).Rot(chance);
        }
    }

    /// <summary>One bit of a file turns over.</summary>
    public void RotFile(Chance chance, string path) => _visible[path].Rot(chance);

    internal void Step(bool isName)
    {
        if (PowerFailsAfterSteps is { } left && (isName || !FailsOnlyAtNames))
        {
            PowerFailsAfterSteps = left == 0 ? null : left - 1;
            if (left == 0)
            {
                throw new PowerFailure();
            }
        }
    }

    internal void TakeRoom(long bytes)
    {
        if (IsFull || Used + bytes > Capacity)
        {
            totals.Add(Happening.DiskFullRefusal);
            throw new DiskFullException("No space left on device.");
        }
    }

    internal void FailIfAsked()
    {
        if (FailsFlush)
        {
            totals.Add(Happening.FailedFlush);
            throw new IOException("Input/output error.");
        }
    }

    private void Later(string path, Action change) => _unflushedNames.Add((Path.GetDirectoryName(path)!, change));
}

/// <summary>The power goes in the middle of a step. No error of the disk, of which a server would hear.</summary>
internal sealed class PowerFailure() : Exception("The power fails.");
