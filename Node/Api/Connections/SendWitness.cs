using System.Net;

namespace RaftKv.Api.Connections;

/// <summary>
/// Tells whether a request that failed was ever handed to a connection. The library may try a second connection by itself
/// after it has sent the request on a first, and its last error then speaks only of the second.
/// </summary>
internal sealed class SendWitness(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not { } content)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var watched = new WatchedContent(content);
        request.Content = watched;
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e) when (!watched.IsTaken)
        {
            throw new NeverSentException(e);
        }
    }

    /// <summary>A request's content that notes when a connection begins to take it.</summary>
    private sealed class WatchedContent : HttpContent
    {
        private readonly HttpContent _content;
        private volatile bool _isTaken;

        public WatchedContent(HttpContent content)
        {
            _content = content;
            foreach (var header in content.Headers.NonValidated)
            {
                Headers.TryAddWithoutValidation(header.Key, header.Value);
            }
        }

        public bool IsTaken => _isTaken;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _isTaken = true;
            return _content.CopyToAsync(stream, context, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _content.Headers.ContentLength ?? 0;
            return _content.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

/// <summary>A request that no connection took: the server cannot have seen it.</summary>
internal sealed class NeverSentException(HttpRequestException inner) : HttpRequestException(inner.HttpRequestError, inner.Message, inner, inner.StatusCode);
