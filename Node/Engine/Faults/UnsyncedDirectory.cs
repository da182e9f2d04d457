using RaftKv.Engine.Storage;

namespace RaftKv.Engine.Faults;

/// <summary>
/// A directory as its users see it, and the changes of names that the disk below has not been told yet. Guarded by its
/// owner's lock.
/// </summary>
internal sealed class UnsyncedDirectory(IDisk inner, string path)
{
    private readonly Dictionary<string, UnsyncedFile> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hidden = new(StringComparer.Ordinal);
    private readonly List<(UnsyncedFile? New, Action Change)> _pending = [];
    private readonly List<IDiskFile> _opened = [];

    public bool Exists(string name) => _files.ContainsKey(name) || (!_hidden.Contains(name) && inner.Exists(FullPath(name)));

    public List<string> List()
    {
        var names = new HashSet<string>(inner.List(path), StringComparer.Ordinal);
        names.ExceptWith(_hidden);
        names.UnionWith(_files.Keys);
        var sorted = names.ToList();
        sorted.Sort(string.CompareOrdinal);
        return sorted;
    }

    public UnsyncedFile Create(string name)
    {
        if (Exists(name))
        {
            throw new IOException($"{FullPath(name)} exists already.");
        }

        var file = new UnsyncedFile(null);
        _files.Add(name, file);
        _pending.Add((file, () => Link(file, name)));
        return file;
    }

    public UnsyncedFile Open(string name)
    {
        if (!_files.TryGetValue(name, out var file))
        {
            if (_hidden.Contains(name))
            {
                throw new FileNotFoundException($"{FullPath(name)} was deleted.", FullPath(name));
            }

            file = new UnsyncedFile(Keep(inner.Open(FullPath(name))));
            _files.Add(name, file);
        }

        return file;
    }

    public void Rename(string from, string to)
    {
        var file = Open(from);
        _files.Remove(from);
        _files[to] = file;
        _hidden.Add(from);
        _hidden.Remove(to);
        _pending.Add((IsNew(file) ? file : null, () => inner.Rename(FullPath(from), FullPath(to))));
    }

    public void Delete(string name)
    {
        if (Exists(name))
        {
            if (_files.Remove(name, out var file) && IsNew(file))
            {
                // The disk below never hears of it: on a full one it could not be made, and all that follows would wait.
                _pending.RemoveAll(p => p.New == file);
            }

            _hidden.Add(name);
            _pending.Add((null, () => inner.Delete(FullPath(name))));
        }
    }

    /// <summary>Tells the disk below in the order in which it happened, as a journal would. What fails is tried again with the next flush.</summary>
    public void Flush()
    {
        while (_pending.Count > 0)
        {
            _pending[0].Change();
            _pending.RemoveAt(0);
        }

        _hidden.Clear();
        inner.FlushDirectory(path);
    }

    /// <summary>Closes the files below without flushing anything.</summary>
    public void Close()
    {
        foreach (var file in _opened)
        {
            file.Dispose();
        }
    }

    private bool IsNew(UnsyncedFile file) => _pending.Any(p => p.New == file);

    private void Link(UnsyncedFile file, string name)
    {
        var below = inner.Create(FullPath(name));
        try
        {
            file.Link(below);
            Keep(below);
        }
        catch (IOException)
        {
            // Undone, whatever it was: the next flush makes the file again, and would find it there.
            below.Dispose();
            inner.Delete(FullPath(name));
            throw;
        }
    }

    private IDiskFile Keep(IDiskFile file)
    {
        _opened.Add(file);
        return file;
    }

    private string FullPath(string name) => Path.Combine(path, name);
}
