using System.Net;
using System.Net.Sockets;

namespace RaftKv.Tests.Host;

/// <summary>Strangers who connect and say nothing do not keep out those who have something to say.</summary>
[Collection(ServersCollection.Name)]
public sealed class SilentConnectionTests
{
    [Fact]
    public async Task Connection_OnWhichNothingIsSaid_IsEndedAndOneThatSpeaksIsNot()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await cluster.PutAsync("k", [1]);
        using var silent = new TcpClient();
        await silent.ConnectAsync(IPAddress.Loopback, cluster.Configs[1].Port);

        Assert.Equal(0, await ReadOneByteAsync(silent));

        Assert.Equal([1], await cluster.GetAsync(1, "k"));
    }

    private static async Task<int> ReadOneByteAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Patience.Limit);
        }
        catch (IOException)
        {
            // The server ended it with a reset.
            return 0;
        }
    }
}
