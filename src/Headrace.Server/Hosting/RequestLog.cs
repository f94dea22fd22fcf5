using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>
/// Writes one JSON line for each request to <c>requests.log</c> in the data folder: the caller, the caller's address,
/// the request, the sizes, the status and the duration. Bodies, headers and queries are omitted, because they contain
/// keys and data. The files are rotated so that their total size never exceeds <see cref="MaxFileBytes"/> times
/// <see cref="MaxFiles"/>.
/// </summary>
internal sealed partial class RequestLog(string folder, TimeProvider time, ILogger<RequestLog> logger)
    : BackgroundService
{
    public const string FileName = "requests.log";

    /// <summary>Maximum size of one file, enough for about 80,000 requests.</summary>
    public const long MaxFileBytes = 16 << 20;

    /// <summary>
    /// Maximum number of files: the current file and the previous files, of which <c>requests.log.1</c> is the newest.
    /// </summary>
    public const int MaxFiles = 4;

    /// <summary>
    /// Maximum number of lines waiting to be written, about 2 MB. Additional lines are dropped and counted, so that a
    /// slow disk does not delay requests.
    /// </summary>
    private const int MaxWaiting = 10_000;

    private const int MaxPathLength = 500;

    /// <summary>
    /// The pause after a failure. Without this pause, the loop would keep a CPU core busy while the file cannot be
    /// opened.
    /// </summary>
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true }
    );

    private long _dropped;

    private string Current => Path.Combine(folder, FileName);

    /// <summary>Records a request that has been answered. Returns at once.</summary>
    public void Add(HttpContext context, long start)
    {
        if (!_lines.Writer.TryWrite(Line(context, time.GetElapsedTime(start))))
            Interlocked.Increment(ref _dropped);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _lines.Reader.WaitToReadAsync(stoppingToken))
                if (!await TryWriteAsync(stoppingToken))
                    await Task.Delay(RetryPeriod, time, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }

    /// <summary>
    /// Writes the waiting lines. Returns false if a write failed. In that case, the line that was being written is
    /// lost, and the others wait for the next attempt.
    /// </summary>
    private async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
            return true;
        }
#pragma warning disable CA1031 // The next attempt may succeed. If the loop ended, no request would be recorded again.
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            NotWritten(fault.Message);
            return false;
        }
    }

    /// <summary>Writes the waiting lines, and rotates the file when it is full.</summary>
    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            Current,
            new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }
        );
        while (file.Length < MaxFileBytes && _lines.Reader.TryRead(out var line))
            await file.WriteAsync(line, cancellationToken);
        if (Interlocked.Exchange(ref _dropped, 0) is var dropped and > 0)
            Dropped(dropped);
        if (file.Length >= MaxFileBytes)
            Rotate();
    }

    private void Rotate()
    {
        for (var i = MaxFiles - 1; i > 0; i--)
        {
            var older = $"{Current}.{i.ToString(CultureInfo.InvariantCulture)}";
            var newer = i == 1 ? Current : $"{Current}.{(i - 1).ToString(CultureInfo.InvariantCulture)}";
            if (File.Exists(newer))
                File.Move(newer, older, overwrite: true);
        }
    }

    private byte[] Line(HttpContext context, TimeSpan duration)
    {
        var (request, response) = (context.Request, context.Response);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("at", time.GetUtcNow());
            json.WriteString("from", context.Connection.RemoteIpAddress?.ToString() ?? "socket");
            json.WriteString("who", Caller.Of(context).Name);
            json.WriteString("method", request.Method);
            json.WriteString("path", PathOf(request));
            if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route)
                json.WriteString("route", route);
            json.WriteNumber("status", response.StatusCode);
            if (request.ContentLength is { } received)
                json.WriteNumber("requestBytes", received);
            if (response.ContentLength is { } sent)
                json.WriteNumber("replyBytes", sent);
            json.WriteNumber("ms", Math.Round(duration.TotalMilliseconds, 3));
            json.WriteEndObject();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>
    /// Returns the path, or "…" if it contains a key: such a request is rejected, but it must not leave the key in the
    /// log.
    /// </summary>
    private static string PathOf(HttpRequest request) =>
        KeyInAddress.IsIn(request.Path.Value) ? "…" : QuotedText.Clip(request.Path.Value ?? "", MaxPathLength);

    [LoggerMessage(LogLevel.Warning, "The request log was not written: {Why}")]
    private partial void NotWritten(string why);

    [LoggerMessage(
        LogLevel.Warning,
        "{Count} requests are missing from the request log, because the disk was too slow"
    )]
    private partial void Dropped(long count);
}
