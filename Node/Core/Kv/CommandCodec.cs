namespace RaftKv.Core.Kv;

/// <summary>Turns commands into log payloads and back. The format is versioned in its first byte and frozen by a test.</summary>
public static class CommandCodec
{
    /// <summary>Encodes a command.</summary>
    public static byte[] Encode(Command command) => throw new NotImplementedException();

    /// <summary>Decodes a payload.</summary>
    /// <exception cref="FormatException">The payload is no command of a known version.</exception>
    public static Command Decode(ReadOnlyMemory<byte> payload) => throw new NotImplementedException();
}
