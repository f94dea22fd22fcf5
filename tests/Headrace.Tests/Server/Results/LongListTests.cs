using System.Net;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Results;

/// <summary>
/// Tests that the size of every reply that lists names is limited, even though names are never removed.
/// </summary>
public sealed class LongListTests(LongListTests.CrowdedScene scene) : IClassFixture<LongListTests.CrowdedScene>
{
    private const int Names = 1_500;

    [Fact]
    public async Task Queues_are_listed_in_pages_that_the_Link_header_connects()
    {
        var seen = new List<string>();
        var path = "/v1/queues?limit=700";
        var pages = 0;
        while (path is not null)
        {
            using var response = await scene.GetAsync(path);
            var page = await FrontScene.ReadAsync(
                response,
                HttpStatusCode.OK,
                HeadraceJson.Default.IReadOnlyListQueueReply
            );
            Assert.InRange(page.Count, 1, 700);
            seen.AddRange(page.Select(queue => queue.Name));
            path = response.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
            pages++;
        }

        Assert.Equal(3, pages);
        Assert.Equal(Names, seen.Distinct().Count());
    }

    [Fact]
    public async Task Without_a_limit_a_page_has_at_most_1000_entries()
    {
        using var queues = await scene.GetAsync("/v1/queues");
        using var methods = await scene.GetAsync("/v1/methods");

        Assert.Equal(
            1_000,
            (await FrontScene.ReadAsync(queues, HttpStatusCode.OK, HeadraceJson.Default.IReadOnlyListQueueReply)).Count
        );
        Assert.Contains("rel=\"next\"", methods.Headers.GetValues("Link").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_large_schemas_ends_early()
    {
        using var response = await scene.GetAsync("/v1/methods?limit=1000&after=m999%401");

        var page = await FrontScene.ReadAsync(
            response,
            HttpStatusCode.OK,
            HeadraceJson.Default.IReadOnlyListMethodReply
        );
        Assert.InRange(page.Count, 1, 60);
        Assert.InRange(response.Content.Headers.ContentLength!.Value, 1, 6 << 20);
    }

    [Fact]
    public async Task An_unknown_position_is_rejected()
    {
        using var response = await scene.GetAsync("/v1/queues?after=nowhere");

        await FrontScene.AssertRefusedAsync(
            response,
            400,
            "bad-request",
            "after=nowhere is not valid. Use the name of the last entry on the previous page."
        );
    }

    [Theory]
    [InlineData("/v1/queues/nowhere", " more. GET /v1/queues lists all of them.")]
    [InlineData("/v1/methods/nowhere", " more. GET /v1/methods lists all of them.")]
    public async Task A_name_that_does_not_exist_is_answered_with_a_few_of_those_that_do(string path, string end)
    {
        using var response = await scene.GetAsync(path);

        var text = await FrontScene.TextAsync(response);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.InRange(text.Length, 1, 4_000);
        Assert.Contains(end, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_of_an_unknown_method_is_answered_with_a_few_of_those_that_exist()
    {
        using var response = await scene.SendAsync(
            HttpMethod.Post,
            "/v1/jobs",
            FrontScene.Json("""{"method":"nowhere"}""")
        );

        var text = await FrontScene.TextAsync(response);
        Assert.InRange(text.Length, 1, 4_000);
        Assert.Contains(" more.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_jobs_has_a_bounded_number_of_counts_and_a_filter_by_queue_has_its_own()
    {
        using var all = await scene.GetAsync("/v1/jobs?limit=1");
        using var one = await scene.GetAsync("/v1/jobs?limit=1&q=queue:q1400");

        var page = await FrontScene.ReadAsync(all, HttpStatusCode.OK, HeadraceJson.Default.JobPage);
        Assert.Equal(200, page.Counts.Count);
        var filtered = await FrontScene.ReadAsync(one, HttpStatusCode.OK, HeadraceJson.Default.JobPage);
        Assert.Equal(("q1400", 1L), (Assert.Single(filtered.Counts).Queue, filtered.Counts[0].Jobs));
    }

    /// <summary>A server with many queues and methods; some of the methods have large schemas.</summary>
    public sealed class CrowdedScene : FrontScene, IAsyncLifetime
    {
        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            var lines = string.Join(
                '\n',
                Enumerable.Range(0, Names).Select(i => $$"""{"method":"noop","queue":"q{{i}}"}""")
            );
            using var batch = await SendAsync(
                HttpMethod.Post,
                "/v1/jobs:batch",
                Bytes(Encoding.UTF8.GetBytes(lines), "application/jsonl")
            );
            batch.EnsureSuccessStatusCode();
            await OfferAsync(1, Enumerable.Range(0, 1_000).Select(i => ($"m{i}", "{}")));
            var large = $$"""{"title":"{{new string('x', 200_000)}}"}""";
            await OfferAsync(2, Enumerable.Range(0, 60).Select(i => ($"n{i}", large)));
        }

        private async Task OfferAsync(int worker, IEnumerable<(string Name, string Schema)> methods)
        {
            var offers = methods.Select(method =>
                $$"""{"method":"{{method.Name}}","version":1,"schema":{{JsonSerializer.Serialize(method.Schema)}}}"""
            );
            var name = $"crowd{worker}";
            using var joined = await SendAsync(
                HttpMethod.Post,
                $"/v1/workers/{name}/exchange",
                Json(
                    $$"""{"worker":"{{name}}","incarnation":"5","exchangeNumber":"1","slots":1,"""
                        + $"\"offers\":[{string.Join(",", offers)}]}}"
                )
            );
            joined.EnsureSuccessStatusCode();
        }
    }
}
