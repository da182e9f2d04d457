using System.Text.Json;
using RaftKv.Api.Clusters;

namespace RaftKv.Node.Options;

/// <summary>Reads a server's config file, so that anyone who gets it holds one without faults.</summary>
internal static class ConfigFile
{
    /// <summary>Reads and checks; a relative data path starts at the file's directory.</summary>
    /// <exception cref="StartException">The file cannot be read or has faults; the message lists all of them.</exception>
    public static ServerConfig Load(string path)
    {
        ServerConfig config;
        var fullPath = Path.GetFullPath(path);
        try
        {
            config = ClusterJson.ReadServerConfig(File.ReadAllText(fullPath));
        }
        catch (JsonException e)
        {
            throw new StartException(ExitCode.ConfigInvalid, $"The config file {fullPath} cannot be understood: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(ExitCode.ConfigInvalid, $"The config file {fullPath} cannot be read: {e.Message}", e);
        }

        var faults = ConfigValidation.Validate(config);
        return faults.Count == 0
            ? config with { DataPath = Path.GetFullPath(config.DataPath, Path.GetDirectoryName(fullPath)!) }
            : throw new StartException(
                ExitCode.ConfigInvalid,
                $"The config file {fullPath} has {faults.Count} fault(s):" + string.Concat(faults.Select(f => $"{Environment.NewLine}  - {f}")));
    }
}
