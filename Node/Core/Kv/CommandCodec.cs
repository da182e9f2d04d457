namespace RaftKv.Core.Kv;

/// <summary>
/// Turns commands into log payloads and back. The format is versioned in its first byte and frozen by a test.
/// </summary>
/// <remarks>
/// <code>
/// byte    version = 1, or 2 for an OpenSession that says how many sessions are kept
/// byte    CommandKind
/// byte    ConditionKind
/// varint  session id, sequence, acknowledged below
/// varint  sessions kept  only in version 2
/// bytes   key            a varint length, then so many bytes; only for Put and Delete, as are the next three
/// bytes   value          only for Put
/// varint  version        only for ConditionKind.Version
/// bytes   value          only for ConditionKind.Value
/// </code>
/// A varint is little-endian base 128 with the high bit as "more", at most 9 bytes. Nothing follows.
/// </remarks>
public static class CommandCodec
{
    /// <summary>The longest key in bytes.</summary>
    public const int MaxKeyBytes = 4096;

    private const byte FormatVersion = 1;
    private const byte FormatVersionWithLimit = 2;

    /// <summary>Encodes a command.</summary>
    /// <exception cref="ArgumentException">The key is empty or too long, or a number is negative.</exception>
    public static byte[] Encode(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var hasKey = HasKey(command.Kind);
        if (hasKey && command.Key.Length is 0 or > MaxKeyBytes)
        {
            throw new ArgumentException($"The key has {command.Key.Length} bytes: it needs 1 to {MaxKeyBytes}.", nameof(command));
        }

        if (command.SessionId < 0 || command.Sequence < 0 || command.AcknowledgedBelow < 0 || command.Condition.Version < 0 || command.MaxSessions < 0)
        {
            throw new ArgumentException("Session, sequence and version numbers are never negative.", nameof(command));
        }

        var bytes = new byte[SizeOf(command)];
        bytes[0] = HasLimit(command) ? FormatVersionWithLimit : FormatVersion;
        bytes[1] = (byte)command.Kind;
        bytes[2] = hasKey ? (byte)command.Condition.Kind : (byte)0;
        var at = 3;
        PutNumber(bytes, ref at, command.SessionId);
        PutNumber(bytes, ref at, command.Sequence);
        PutNumber(bytes, ref at, command.AcknowledgedBelow);
        if (HasLimit(command))
        {
            PutNumber(bytes, ref at, command.MaxSessions);
        }

        if (hasKey)
        {
            PutBytes(bytes, ref at, command.Key.Span);
            if (command.Kind == CommandKind.Put)
            {
                PutBytes(bytes, ref at, command.Value.Span);
            }

            PutCondition(bytes, ref at, command.Condition);
        }

        return bytes;
    }

    /// <summary>Decodes a payload. Key and values are slices of it.</summary>
    /// <exception cref="FormatException">The payload is no command of a known version.</exception>
    public static Command Decode(ReadOnlyMemory<byte> payload)
    {
        var span = payload.Span;
        if (span.Length < 6 || span[0] is not (FormatVersion or FormatVersionWithLimit))
        {
            throw new FormatException(span.Length == 0
                ? "The command is empty."
                : $"The command has format version {span[0]}; this server knows versions up to {FormatVersionWithLimit}.");
        }

        var kind = (CommandKind)span[1];
        var conditionKind = (ConditionKind)span[2];
        if (kind is < CommandKind.OpenSession or > CommandKind.CloseSession || conditionKind > ConditionKind.Value
            || (span[0] == FormatVersionWithLimit && kind != CommandKind.OpenSession))
        {
            throw new FormatException($"The command has the unknown kind {span[1]} or condition {span[2]}.");
        }

        var at = 3;
        var command = new Command
        {
            Kind = kind,
            SessionId = TakeNumber(span, ref at),
            Sequence = TakeNumber(span, ref at),
            AcknowledgedBelow = TakeNumber(span, ref at),
            MaxSessions = span[0] == FormatVersionWithLimit ? TakeLimit(span, ref at) : 0,
            Key = HasKey(kind) ? TakeBytes(payload, ref at) : default,
            Value = kind == CommandKind.Put ? TakeBytes(payload, ref at) : default,
            Condition = TakeCondition(payload, conditionKind, ref at),
        };
        if (at != span.Length || (HasKey(kind) && command.Key.Length is 0 or > MaxKeyBytes))
        {
            throw new FormatException("The command has a key of an impossible length, or bytes after its end.");
        }

        return command;
    }

    private static bool HasLimit(Command command) => command is { Kind: CommandKind.OpenSession, MaxSessions: > 0 };

    private static int TakeLimit(ReadOnlySpan<byte> bytes, ref int at) => TakeNumber(bytes, ref at) is > 0 and <= int.MaxValue and var limit
        ? (int)limit
        : throw new FormatException("The command keeps an impossible number of sessions.");

    private static bool HasKey(CommandKind kind) => kind is CommandKind.Put or CommandKind.Delete;

    private static int SizeOf(Command command)
    {
        var size = 3 + SizeOf(command.SessionId) + SizeOf(command.Sequence) + SizeOf(command.AcknowledgedBelow)
            + (HasLimit(command) ? SizeOf(command.MaxSessions) : 0);
        if (HasKey(command.Kind))
        {
            size += SizeOf(command.Key.Length) + command.Key.Length;
            size += command.Kind == CommandKind.Put ? SizeOf(command.Value.Length) + command.Value.Length : 0;
            size += command.Condition.Kind switch
            {
                ConditionKind.Version => SizeOf(command.Condition.Version),
                ConditionKind.Value => SizeOf(command.Condition.Value.Length) + command.Condition.Value.Length,
                _ => 0,
            };
        }

        return size;
    }

    private static int SizeOf(long number)
    {
        var size = 1;
        for (; number >= 0x80; number >>= 7)
        {
            size++;
        }

        return size;
    }

    private static void PutCondition(Span<byte> bytes, ref int at, in Condition condition)
    {
        if (condition.Kind == ConditionKind.Version)
        {
            PutNumber(bytes, ref at, condition.Version);
        }
        else if (condition.Kind == ConditionKind.Value)
        {
            PutBytes(bytes, ref at, condition.Value.Span);
        }
    }

    private static Condition TakeCondition(ReadOnlyMemory<byte> payload, ConditionKind kind, ref int at) => kind switch
    {
        ConditionKind.Version => new Condition(kind, TakeNumber(payload.Span, ref at), default),
        ConditionKind.Value => new Condition(kind, 0, TakeBytes(payload, ref at)),
        _ => Condition.None,
    };

    private static void PutBytes(Span<byte> bytes, ref int at, ReadOnlySpan<byte> value)
    {
        PutNumber(bytes, ref at, value.Length);
        value.CopyTo(bytes[at..]);
        at += value.Length;
    }

    private static ReadOnlyMemory<byte> TakeBytes(ReadOnlyMemory<byte> payload, ref int at)
    {
        var length = TakeNumber(payload.Span, ref at);
        if (length > payload.Length - at)
        {
            throw new FormatException($"The command ends {length - (payload.Length - at)} bytes too early.");
        }

        var bytes = payload.Slice(at, (int)length);
        at += (int)length;
        return bytes;
    }

    private static void PutNumber(Span<byte> bytes, ref int at, long number)
    {
        while (number >= 0x80)
        {
            bytes[at++] = (byte)(number | 0x80);
            number >>= 7;
        }

        bytes[at++] = (byte)number;
    }

    private static long TakeNumber(ReadOnlySpan<byte> bytes, ref int at)
    {
        long number = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            if (at >= bytes.Length)
            {
                break;
            }

            var next = bytes[at++];
            number |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return number;
            }
        }

        throw new FormatException("A number in the command is cut off or too long.");
    }
}
