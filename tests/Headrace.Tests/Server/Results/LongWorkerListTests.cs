using System.Net;
using System.Text.Json;
using Headrace.Client;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Results;

/// <summary>Tests that the list of workers is limited in size, although each worker may offer 1,000 methods.</summary>
public sealed class LongWorkerListTests(LongWorkerListTests.CrowdedScene scene)
    : IClassFixture<LongWorkerListTests.CrowdedScene>
{
    private const int Workers = 80;
    private const int Offers = 1_000;

    [Fact]
    public async Task Workers_with_many_offers_are_listed_in_pages_that_the_Link_header_connects()
    {
        var seen = new List<WorkerReply>();
        var pages = 0;
        for (var path = "/v1/workers"; path is not null; pages++)
        {
            using var response = await scene.GetAsync(path);
            var text = await FrontScene.TextAsync(response);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.InRange(text.Length, 1, 6 << 20);
            seen.AddRange(JsonSerializer.Deserialize(text, HeadraceJson.Default.IReadOnlyListWorkerReply)!);
            path = response.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }

        Assert.InRange(pages, 2, 4);
        Assert.Equal(seen.Select(worker => worker.Name).Order(StringComparer.Ordinal), seen.Select(w => w.Name));
        Assert.Equal(Workers, seen.Count(worker => worker.Offers.Count == Offers));
        Assert.Equal(seen.Count, seen.DistinctBy(worker => worker.Name).Count());
    }

    [Fact]
    public async Task A_page_may_begin_after_a_worker_that_has_left_and_has_at_most_the_requested_entries()
    {
        using var response = await scene.GetAsync("/v1/workers?after=crowd1x&limit=3");

        var page = await FrontScene.ReadAsync(
            response,
            HttpStatusCode.OK,
            HeadraceJson.Default.IReadOnlyListWorkerReply
        );
        Assert.Equal(["crowd20", "crowd21", "crowd22"], page.Select(worker => worker.Name));
        Assert.Equal(
            "</v1/workers?after=crowd22&limit=3>; rel=\"next\"",
            response.Headers.GetValues("Link").Single()
        );
    }

    [Fact]
    public async Task The_client_reads_every_page()
    {
        using var client = new HeadraceClient(
            new HeadraceClientOptions { Server = scene.Server.Server.Ready.Url, Key = scene.Server.Key }
        );

        var workers = await client.ListWorkersAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Workers, workers.Count(worker => worker.Offers.Count == Offers));
    }

    /// <summary>
    /// A server with workers that offer as many methods as possible, with the longest possible names.
    /// </summary>
    public sealed class CrowdedScene : FrontScene, IAsyncLifetime
    {
        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            var offers = string.Join(
                ',',
                Enumerable
                    .Range(0, Offers)
                    .Select(i => $$"""{"method":"{{$"m{i}-".PadRight(64, 'x')}}","version":1,"schema":"{}"}""")
            );
            for (var i = 10; i < 10 + Workers; i++)
            {
                var name = $"crowd{i}";
                using var joined = await SendAsync(
                    HttpMethod.Post,
                    $"/v1/workers/{name}/exchange",
                    Json(
                        $$"""{"worker":{{JsonSerializer.Serialize(name)}},"incarnation":"5","exchangeNumber":"1","""
                            + $"\"slots\":1,\"offers\":[{offers}]}}"
                    )
                );
                joined.EnsureSuccessStatusCode();
            }
        }
    }
}
