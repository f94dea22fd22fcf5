using System.Net.Http.Headers;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// One <c>jobs:batch</c> call: lines out, a line for each back as it is decided. A failure ends the lines and is kept,
/// because what was answered before it counts.
/// </summary>
internal sealed class BatchExchange(ServerLink link, ReadOnlyMemory<byte> lines, int count) : IDisposable
{
    private HttpResponseMessage? _response;
    private StreamReader? _reader;
    private int _answered;

    /// <summary>Why there are no more lines; null when each was answered.</summary>
    public HeadraceException? Failure { get; private set; }

    /// <summary>The next answer, or null at the end.</summary>
    public async Task<BatchLine?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            _reader ??= await OpenAsync(cancellationToken);
            while (_answered < count)
            {
                var text =
                    await link.GuardAsync(async stop => await _reader.ReadLineAsync(stop), cancellationToken)
                    ?? throw Early("its answer ended early");
                if (text.Length == 0)
                    continue;
                _answered++;
                var line = JsonSerializer.Deserialize(text, HeadraceJson.Default.BatchLine);
                return line is { Line: > 0 } && line.Line <= count
                    ? line
                    : throw Early($"its answer has a line that was not asked for: {text}");
            }
        }
        catch (HeadraceException failure)
        {
            Failure = failure;
        }
        catch (JsonException cut)
        {
            // A server killed while it writes leaves half a line.
            Failure = Early($"its answer has an unreadable line ({cut.Message})");
        }
        return null;
    }

    private async Task<StreamReader> OpenAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/jobs:batch")
        {
            Content = new ReadOnlyMemoryContent(lines),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
        _response = await link.SendAsync(request, cancellationToken);
        return new StreamReader(await _response.Content.ReadAsStreamAsync(cancellationToken));
    }

    private ServerUnreachableException Early(string why) =>
        new(link.Endpoint.ToString(), why + ".", mayHaveArrived: true);

    public void Dispose()
    {
        _reader?.Dispose();
        _response?.Dispose();
    }
}
