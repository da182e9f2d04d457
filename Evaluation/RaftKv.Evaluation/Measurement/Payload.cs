using System.Text;

namespace RaftKv.Evaluation.Measurement;

/// <summary>
/// The keys and values of one client, drawn from the seed. Keys repeat after a while, so that a long measurement does not
/// fill the store; values are printable and never equal one that this client wrote before.
/// </summary>
internal sealed class Payload
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private const int MaxKeys = 100;
    private const long MaxStoredBytes = 64 * 1024 * 1024;
    private const int StampBytes = 8;

    private readonly byte[][] _keys;
    private readonly byte[] _template;
    private ulong _written;

    public Payload(string prefix, ulong seed, int client, int clientCount, int valueBytes)
    {
        var count = (int)Math.Clamp(MaxStoredBytes / Math.Max(1L, (long)clientCount * valueBytes), 1, MaxKeys);
        _keys = [.. Enumerable.Range(0, count).Select(k => Encoding.ASCII.GetBytes($"{prefix}{client:d4}/{k:d2}"))];
        _template = new byte[valueBytes];
        var coin = new Coin(seed ^ ((ulong)(client + 1) * Coin.Step));
        for (var i = 0; i < valueBytes; i++)
        {
            _template[i] = (byte)Alphabet[(int)(coin.Next() >> 58)];
        }
    }

    public byte[] Key(long number) => _keys[number % _keys.Length];

    /// <summary>A fresh value in an array of its own: an attempt that was given up may still be sending its one.</summary>
    public byte[] Value()
    {
        var value = (byte[])_template.Clone();
        var stamp = ++_written;
        for (var i = 0; i < Math.Min(StampBytes, value.Length); i++, stamp >>= 6)
        {
            value[i] = (byte)Alphabet[(int)(stamp & 63)];
        }

        return value;
    }
}
