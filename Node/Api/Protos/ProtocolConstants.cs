namespace RaftKv.Api.Protocol;

/// <summary>What clients and servers agree on that no .proto file can state: names of metadata, and the limit of a message.</summary>
internal static class ProtocolConstants
{
    /// <summary>The trailer that carries an <see cref="ErrorDetail"/> beside a gRPC status.</summary>
    public const string ErrorTrailer = "raftkv-error-bin";

    /// <summary>The metadata that carries the token of chaos calls.</summary>
    public const string ChaosToken = "raftkv-chaos-token";

    /// <summary>The metadata that carries an agent's token.</summary>
    public const string AgentToken = "raftkv-agent-token";

    /// <summary>The largest message either way, in bytes: the largest pair (32 MiB) and room for what goes around it.</summary>
    public const int MaxMessageBytes = 34 * 1024 * 1024;
}
