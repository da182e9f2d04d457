using RaftKv.Api.Clusters;

namespace RaftKv.Api.Launch;

/// <summary>
/// What a launch is about to make and start, written down before it does, so that what a killed session leaves can be told
/// from everything else: directories by the cluster's id in them, the agent by its process and token. It lies beside the
/// cluster's file and goes when the launch is done or has taken everything back. One that is there while no launch holds the
/// name is that of a launch that was cut off.
/// </summary>
/// <param name="Spec">The cluster as it would be; its path is that of the record.</param>
/// <param name="IsNew">Whether the launch makes the cluster. One that starts a stopped cluster again makes no data.</param>
internal sealed record LaunchRecord(ClusterSpec Spec, bool IsNew)
{
    private const string OfNew = "launch.json";
    private const string OfStopped = "relaunch.json";

    /// <summary>Writes it, readable by its owner only, as it holds tokens.</summary>
    public static void Write(ClusterSpec spec, bool isNew) => spec.Save(FileOf(spec.Name, isNew));

    /// <summary>The record of a name, or null where there is none.</summary>
    /// <exception cref="RaftKvException">ClusterFileInvalid: there is one that cannot be used.</exception>
    public static LaunchRecord? Read(string name)
    {
        foreach (var isNew in new[] { true, false })
        {
            var file = FileOf(name, isNew);
            if (File.Exists(file))
            {
                return new LaunchRecord(Load(file), isNew);
            }
        }

        return null;
    }

    /// <summary>The names that have one.</summary>
    public static IReadOnlyList<string> Names() => Directory.Exists(ClusterSpec.DefaultDirectory)
        ? [.. Directory.EnumerateDirectories(ClusterSpec.DefaultDirectory).Select(directory => Path.GetFileName(directory)!).Where(Exists).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Whether a name has one.</summary>
    public static bool Exists(string name) => File.Exists(FileOf(name, isNew: true)) || File.Exists(FileOf(name, isNew: false));

    /// <summary>Deletes that of a name, if there is one.</summary>
    public static void Delete(string name)
    {
        if (Exists(name))
        {
            File.Delete(FileOf(name, isNew: true));
            File.Delete(FileOf(name, isNew: false));
        }
    }

    private static ClusterSpec Load(string file)
    {
        try
        {
            return ClusterSpec.Load(file);
        }
        catch (RaftKvException e) when (e.Kind == ErrorKind.ClusterFileInvalid)
        {
            throw new RaftKvException(e.Kind, $"{e.Message} It is the record of a start that was cut off: delete it where nothing of that runs any more.", e);
        }
    }

    private static string FileOf(string name, bool isNew) =>
        Path.Combine(Path.GetDirectoryName(ClusterSpec.FileOf(name))!, isNew ? OfNew : OfStopped);
}
