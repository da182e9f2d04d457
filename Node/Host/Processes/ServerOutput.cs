using System.Text.Json.Serialization;

namespace RaftKv.Node.Processes;

/// <summary>What a server's process and the one that started it agree on beside the config: an option, and the lines on its output.</summary>
internal static class ServerOutput
{
    /// <summary>What agents add: they start servers on a thread of their own that never ends, and freeze some of them.</summary>
    public const string EndWithParentOption = "--end-with-parent";
}

/// <summary>The one line that says that a server is ready.</summary>
/// <param name="Ready">Always true.</param>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="ProcessId">Its process.</param>
internal sealed record ReadyLine(bool Ready, string Endpoint, int ProcessId);

/// <summary>The one line that says that a server halts by itself: anyone who started it need not search the text log.</summary>
/// <param name="Halted">The reason's code.</param>
/// <param name="Message">The reason in words.</param>
internal sealed record HaltLine(string Halted, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReadyLine))]
[JsonSerializable(typeof(HaltLine))]
internal sealed partial class ServerOutputContext : JsonSerializerContext;
