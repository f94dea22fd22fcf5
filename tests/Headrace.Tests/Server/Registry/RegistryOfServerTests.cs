using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Server.Hosting;
using Headrace.Server.Registry;
using Xunit;

namespace Headrace.Tests.Server.Registry;

/// <summary>Tests a server's registry with a real shard and store.</summary>
public sealed class RegistryOfServerTests : IDisposable
{
    private readonly ThrowAwayFolder _data = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task A_caller_finds_its_write_in_memory_as_soon_as_it_is_answered()
    {
        await using var scene = await StartAsync();
        var registry = scene.Server.Registry;
        var version = RegistryWrite.Absent;

        for (var n = 0; n < 50; n++)
        {
            version = Version(await registry.PutAsync("user", "a", Json($"{n}"), version, Stop));
            Assert.Equal((version, $"{n}"), Content(registry.Get("user", "a")));
        }

        var conflict = Assert.IsType<WriteResult.Conflict>(
            await registry.PutAsync("user", "a", Json("lost"), version - 1, Stop)
        );
        Assert.Equal(("user", "a", version), (conflict.Kind, conflict.Id, conflict.ActualVersion));
        Assert.IsType<WriteResult.Rejected>(await registry.PutAsync("User", "a", Json("1"), 0, Stop));
        Version(await registry.DeleteAsync("user", "a", version, Stop));
        Assert.Null(registry.Get("user", "a"));
    }

    [Fact]
    public async Task Documents_and_records_are_there_after_a_restart_and_versions_continue_R27()
    {
        long version;
        await using (var before = await StartAsync())
        {
            var registry = before.Server.Registry;
            Version(await registry.PutAsync("user", "gone", Json("0"), RegistryWrite.Absent, Stop));
            Version(await registry.DeleteAsync("user", "gone", RegistryWrite.AnyVersion, Stop));
            version = Version(
                await registry.WriteAsync(
                    [
                        new RegistryWrite.Put("user", "a", Json("1"), RegistryWrite.Absent),
                        new RegistryWrite.AppendRecord("audit", Json("2")),
                    ],
                    Stop
                )
            );
        }

        await using var after = await StartAsync();
        var again = after.Server.Registry;

        Assert.Equal((version, "1"), Content(again.Get("user", "a")));
        Assert.Null(again.Get("user", "gone"));
        var page = await again.ReadRecordsAsync("audit", RecordOrder.NewestFirst, after: null, maxCount: 10, Stop);
        Assert.True(page.IsLast);
        Assert.Equal("2", Encoding.UTF8.GetString(Assert.Single(page.Records).Json.Span));
        Assert.Equal(
            page.Records[0].Version,
            (await again.ReadRecordAsync("audit", page.Records[0].Id, Stop))?.Version
        );
        Assert.Null(await again.ReadRecordAsync("audit", "nothing", Stop));
        Assert.True(Version(await again.PutAsync("user", "gone", Json("3"), 0, Stop)) > version + 1);
    }

    [Fact]
    public async Task Writes_of_many_callers_to_one_document_are_applied_one_after_another_and_none_is_lost()
    {
        await using var scene = await StartAsync();
        var registry = scene.Server.Registry;
        Version(await registry.PutAsync("count", "a", Json("0"), RegistryWrite.Absent, Stop));

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Task.Run(
                        async () =>
                        {
                            for (var added = 0; added < 20;)
                            {
                                var (version, text) = Content(registry.Get("count", "a"));
                                var next = Json(
                                    $"{int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) + 1}"
                                );
                                if (await registry.PutAsync("count", "a", next, version, Stop) is WriteResult.Stored)
                                    added++;
                            }
                        },
                        Stop
                    )
                )
        );

        Assert.Equal("160", Content(registry.Get("count", "a")).Json);
    }

    [Fact]
    public async Task No_log_line_and_no_reply_of_a_GET_route_contains_the_content_of_a_document()
    {
        const string secret = "s3cr3t-of-the-registry";
        var log = new LinesOfLog();
        await using var scene = await StartAsync(log);
        var worker = scene.Worker();
        await worker.SendAsync(worker.Next());
        var registry = scene.Server.Registry;
        var content = Json($"\"{secret}\"");
        Version(await registry.PutAsync("signing-key", "a", content, RegistryWrite.Absent, Stop));
        Assert.IsType<WriteResult.Conflict>(await registry.PutAsync("signing-key", "a", content, 9, Stop));
        Assert.IsType<WriteResult.Rejected>(await registry.PutAsync("Bad Kind", "a", content, 9, Stop));
        using var failing = registry.Watch("signing-key", _ => throw new InvalidOperationException("simulated"));
        var accepted = await SubmitAsync(scene, new RegistryWrite.Put("signing-key", "b", content, 0));
        var conflict = await SubmitAsync(scene, new RegistryWrite.Put("signing-key", "a", content, 9));
        Assert.Contains("signing-key/a", conflict.Rejection!.Detail, StringComparison.Ordinal);

        using var http = scene.Client();
        var read = 0;
        foreach (var route in scene.Server.Routes.Where(IsGet).Select(route => route.RoutePattern.RawText!))
        {
            var path = System.Text.RegularExpressions.Regex.Replace(route, @"\{[^}]*\}", $"{accepted.Id}");
            using var reply = await http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Stop);
            // The event stream does not end, and it contains only events about jobs and workers.
            if (reply.Content.Headers.ContentType?.MediaType == "text/event-stream")
                continue;
            Assert.DoesNotContain(secret, await reply.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
            read++;
        }

        Assert.True(read > 10, $"Only {read} routes were read.");
        Assert.NotEmpty(log.Lines);
        Assert.All(log.Lines, line => Assert.DoesNotContain(secret, line, StringComparison.Ordinal));
    }

    private static bool IsGet(Microsoft.AspNetCore.Routing.RouteEndpoint route) =>
        route
            .Metadata.OfType<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()
            .Any(m => m.HttpMethods.Contains("GET"));

    private static async Task<SubmitResult> SubmitAsync(ServerScene scene, RegistryWrite write)
    {
        var spec = new JobSpec
        {
            Queue = QueueName.Default,
            Method = new MethodName("echo"),
            Owner = "admin",
        };
        var job = new NewJob(spec, default) { RegistryWrites = [write] };
        return Assert.IsType<Response.Submitted>(await scene.SendAsync(new Command.Submit([job]))).Results[0];
    }

    private async Task<ServerScene> StartAsync(LinesOfLog? log = null) =>
        new(
            await HeadraceServer.StartAsync(
                new ServerOptions
                {
                    Data = _data.Path,
                    Port = 0,
                    Workers = 0,
                },
                new ServerDependencies { WritesRunningServer = false, Logging = logging => log?.To(logging) },
                Stop
            )
        );

    private static ReadOnlyMemory<byte> Json(string text) => Encoding.UTF8.GetBytes(text);

    private static long Version(WriteResult result) => Assert.IsType<WriteResult.Stored>(result).Version;

    private static (long Version, string Json) Content(RegistryDocument? document)
    {
        Assert.NotNull(document);
        return (document.Version, Encoding.UTF8.GetString(document.Json.Span));
    }
}
