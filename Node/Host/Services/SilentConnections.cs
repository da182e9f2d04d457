using Microsoft.AspNetCore.Connections;

namespace RaftKv.Node.Services;

/// <summary>
/// Ends connections on which nothing is said: a caller of ours speaks as soon as it is connected. Otherwise strangers who
/// only connect, and hold as many connections as a server takes, would keep out its peers and its clients for as long as
/// they like.
/// </summary>
internal static class SilentConnections
{
    /// <summary>How long a new connection may say nothing.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Waits for the first bytes of a connection, leaves them unread, and hands it on.</summary>
    public static ConnectionDelegate End(ConnectionDelegate next) => async connection =>
    {
        if (await IsSpeakingAsync(connection))
        {
            await next(connection);
        }
    };

    private static async Task<bool> IsSpeakingAsync(ConnectionContext connection)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        limit.CancelAfter(Patience);
        try
        {
            var first = await connection.Transport.Input.ReadAsync(limit.Token);
            var isSpeaking = !first.Buffer.IsEmpty;
            connection.Transport.Input.AdvanceTo(first.Buffer.Start);
            return isSpeaking;
        }
        catch (OperationCanceledException)
        {
            connection.Abort(new ConnectionAbortedException("Nothing was said on the connection."));
            return false;
        }
        catch (IOException)
        {
            // The caller has gone.
            return false;
        }
    }
}
