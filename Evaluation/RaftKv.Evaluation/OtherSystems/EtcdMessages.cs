using Google.Protobuf;
using Grpc.Core;

namespace RaftKv.Evaluation.OtherSystems;

/// <summary>
/// The three calls of etcd's interface that a comparison needs, written by hand: a put (key = 1, value = 2), a range
/// (key = 1), and a status, whose reply tells who answers (header = 1: member_id = 2) and who leads (leader = 4).
/// Source: rpc.proto of etcd 3.4.
/// </summary>
internal static class EtcdMessages
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);

    public static Method<byte[], byte[]> Put { get; } = Call("etcdserverpb.KV", "Put");

    public static Method<byte[], byte[]> Range { get; } = Call("etcdserverpb.KV", "Range");

    public static Method<byte[], byte[]> Status { get; } = Call("etcdserverpb.Maintenance", "Status");

    /// <summary>A message of two fields of bytes, 1 and 2; without the second when it is null.</summary>
    public static byte[] Fields(byte[] first, byte[]? second = null)
    {
        using var stream = new MemoryStream();
        var output = new CodedOutputStream(stream);
        Field(1, first);
        if (second is not null)
        {
            Field(2, second);
        }

        output.Flush();
        return stream.ToArray();

        void Field(int number, byte[] bytes)
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(UnsafeByteOperations.UnsafeWrap(bytes));
        }
    }

    /// <summary>Who answered a status call, and whom it knows to lead; 0: no one.</summary>
    public static (ulong Member, ulong Leader) ReadStatus(byte[] reply)
    {
        var (member, leader) = (0UL, 0UL);
        var input = new CodedInputStream(reply);
        while (input.ReadTag() is var tag and not 0)
        {
            switch (tag)
            {
                case (1 << 3) | 2:
                    member = MemberOf(input.ReadBytes());
                    break;
                case 4 << 3:
                    leader = input.ReadUInt64();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return (member, leader);
    }

    private static ulong MemberOf(ByteString header)
    {
        var input = header.CreateCodedInput();
        while (input.ReadTag() is var tag and not 0)
        {
            if (tag == 2 << 3)
            {
                return input.ReadUInt64();
            }

            input.SkipLastField();
        }

        return 0;
    }

    private static Method<byte[], byte[]> Call(string service, string name) => new(MethodType.Unary, service, name, Raw, Raw);
}
