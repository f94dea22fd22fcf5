using System.Net.Http.Headers;
using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Streams one <c>jobs:batch</c> call: sends the lines and reads one reply line for each job as soon as the server has
/// accepted or rejected the job. A failure ends the stream. It is stored in <see cref="Failure"/> rather than thrown,
/// because the replies received before it remain valid.
/// </summary>
internal sealed class BatchStream(HttpTransport link, ReadOnlyMemory<byte> lines, int count) : IDisposable
{
    private HttpResponseMessage? _response;
    private StreamReader? _reader;
    private int _answered;

    /// <summary>Gets the failure that ended the stream; null if the server replied to every line.</summary>
    public HeadraceException? Failure { get; private set; }

    /// <summary>Reads the next reply line; returns null at the end of the stream.</summary>
    public async Task<BatchLine?> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            _reader ??= await OpenAsync(cancellationToken);
            while (_answered < count)
            {
                var text =
                    await link.GuardAsync(async stop => await _reader.ReadLineAsync(stop), cancellationToken)
                    ?? throw Early("its reply ended early");
                if (text.Length == 0)
                    continue;
                _answered++;
                var line = JsonSerializer.Deserialize(text, HeadraceJson.Default.BatchLine);
                return line is { Line: > 0 } && line.Line <= count && (line.Id ?? line.Problem?.Type) is not null
                    ? line
                    : throw Early($"its reply contains an unexpected line: {text}");
            }
        }
        catch (HeadraceException failure)
        {
            Failure = failure;
        }
        catch (JsonException cut)
        {
            // If the server is killed while it writes, the last line is incomplete.
            Failure = Early($"its reply contains an invalid line ({cut.Message})");
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
