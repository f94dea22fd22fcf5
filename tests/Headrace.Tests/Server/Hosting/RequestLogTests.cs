using System.Text.Json;
using Headrace.Server.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Server.Hosting;

public sealed class RequestLogTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_request_is_a_line_with_its_source_route_sizes_and_status_but_without_secrets()
    {
        await using var scene = await ServerScene.StartAsync(options => options with { RequestLog = true });
        using var client = scene.Client();

        using var found = await client.GetAsync("/v1/jobs?limit=7", Stop);
        using var missing = await client.PostAsync("/v1/nosuch", FrontScene.Json("""{"a":"secret body"}"""), Stop);
        using var key = await client.GetAsync($"/v1/jobs/{scene.Key}", Stop);
        var path = Path.Combine(scene.Server.Ready.Data, RequestLog.FileName);
        var text = await Eventually.SeesAsync(
            "three lines in the request log",
            async () =>
                File.Exists(path)
                && await File.ReadAllTextAsync(path, Stop) is var all
                && all.Count(c => c == '\n') == 3
                    ? all
                    : null
        );

        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line));
        Assert.Equal(
            [
                ("GET", "/v1/jobs", 200, "admin", "127.0.0.1"),
                ("POST", "/v1/nosuch", 404, "admin", "127.0.0.1"),
                ("GET", "…", 400, "anonymous", "127.0.0.1"),
            ],
            lines.Select(line =>
                (
                    line.GetProperty("method").GetString()!,
                    line.GetProperty("path").GetString()!,
                    line.GetProperty("status").GetInt32(),
                    line.GetProperty("who").GetString()!,
                    line.GetProperty("from").GetString()!
                )
            )
        );
        Assert.DoesNotContain(scene.Key, text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret body", text, StringComparison.Ordinal);
        Assert.DoesNotContain("limit", text, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    /// <summary>
    /// A folder in place of the file simulates a file that cannot be opened. Without a pause, the loop would retry
    /// continuously and fill the server's log.
    /// </summary>
    [Fact]
    public async Task A_file_that_cannot_be_opened_is_tried_once_a_second_and_no_line_is_lost()
    {
        using var folder = new ThrowAwayFolder();
        var current = folder[RequestLog.FileName];
        Directory.CreateDirectory(current);
        var time = new FakeTimeProvider();
        var output = new LinesOfLog();
        using var logs = LoggerFactory.Create(output.To);
        using var log = new RequestLog(folder.Path, time, logs.CreateLogger<RequestLog>());
        await log.StartAsync(Stop);

        log.Add(new DefaultHttpContext(), time.GetTimestamp());
        await Eventually.HoldsAsync("the first failure", () => output.Lines.Count == 1);
        log.Add(new DefaultHttpContext(), time.GetTimestamp());
        await Eventually.HoldsAsync(
            "the second failure",
            () =>
            {
                if (output.Lines.Count == 1)
                    time.Advance(TimeSpan.FromSeconds(1));
                return output.Lines.Count > 1;
            }
        );
        Directory.Delete(current);
        await Eventually.HoldsAsync(
            "both lines in the file",
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return File.Exists(current) && File.ReadAllLines(current).Length == 2;
            }
        );

        Assert.All(
            output.Lines,
            line => Assert.StartsWith("Warning: The request log was not written", line, StringComparison.Ordinal)
        );
        await log.StopAsync(Stop);
    }

    [Fact]
    public async Task Full_files_are_rotated_and_the_oldest_is_removed()
    {
        using var folder = new ThrowAwayFolder();
        var current = folder[RequestLog.FileName];
        var full = new byte[RequestLog.MaxFileBytes];
        using var log = new RequestLog(folder.Path, TimeProvider.System, NullLogger<RequestLog>.Instance);
        await log.StartAsync(Stop);

        for (var i = 0; i < RequestLog.MaxFiles + 2; i++)
        {
            await File.WriteAllBytesAsync(current, full, Stop);
            log.Add(new DefaultHttpContext(), TimeProvider.System.GetTimestamp());
            await Eventually.HoldsAsync(
                "the rotation of a full file",
                () => new FileInfo(current) is { Exists: true, Length: > 0 and < 10_000 }
            );
        }
        await log.StopAsync(Stop);

        Assert.Equal(
            [current, $"{current}.1", $"{current}.2", $"{current}.3"],
            Directory.GetFiles(folder.Path).Order(StringComparer.Ordinal)
        );
    }
}
