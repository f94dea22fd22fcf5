using System.Net;
using System.Text;
using Headrace.Protocol.Json;
using Xunit;

namespace Headrace.Tests.Server.Results;

public sealed class ListRoutesTests(FrontScene scene) : IClassFixture<FrontScene>
{
    [Fact]
    public async Task Pages_list_jobs_from_newest_to_oldest_and_each_job_exactly_once()
    {
        var ids = await SubmitAsync("pages", 7);

        var seen = new List<string>();
        string? next = null;
        do
        {
            var page = await ListAsync($"?q=queue:pages&limit=3{(next is null ? "" : $"&after={next}")}");
            Assert.InRange(page.Jobs.Count, 0, 3);
            Assert.True(page.Complete);
            seen.AddRange(page.Jobs.Select(j => j.Id));
            next = page.Next;
        } while (next is not null);

        Assert.Equal(ids.Reverse(), seen);
    }

    [Fact]
    public async Task A_filter_covers_live_and_ended_jobs_and_counts_them_exactly()
    {
        var ids = await SubmitAsync("filtered", 3);
        using var cancelled = await scene.SendAsync(HttpMethod.Delete, $"/v1/jobs/{ids[1]}");

        var ended = await ListAsync("?q=queue:filtered%20state:cancelled");
        var all = await ListAsync("?q=queue:filtered");

        Assert.Equal(ids[1], Assert.Single(ended.Jobs).Id);
        Assert.Equal(3, all.Jobs.Count);
        Assert.Null(all.Next);
        Assert.Equal(
            [("ready", 2L), ("cancelled", 1L)],
            all.Counts.Select(c => (c.State, c.Jobs)).Where(c => c.Jobs > 0)
        );
        Assert.Equal(all.Counts, ended.Counts);
    }

    [Fact]
    public async Task A_page_with_large_params_is_cut_short_and_the_next_page_continues()
    {
        const int Jobs = 11;
        var pad = new string('x', 1_000_000);
        for (var i = 0; i < Jobs; i++)
            await scene.SubmitAsync($"{{\"method\":\"noop\",\"queue\":\"large\",\"params\":{{\"pad\":\"{pad}\"}}}}");

        var first = await ListAsync("?q=queue:large");
        var second = await ListAsync($"?q=queue:large&after={first.Next}");

        Assert.Equal(9, first.Jobs.Count);
        Assert.Equal(Jobs, first.Jobs.Concat(second.Jobs).Select(j => j.Id).Distinct().Count());
        Assert.Null(second.Next);
    }

    [Theory]
    [InlineData("/v1/jobs?limit=0", "limit=0 is not valid. Use a whole number from 1 to 1000.")]
    [InlineData("/v1/jobs?limit=1001", "limit=1001 is not valid. Use a whole number from 1 to 1000.")]
    [InlineData(
        "/v1/jobs?after=here",
        "after=here is not a valid cursor. Use the value of 'next' from the previous page."
    )]
    [InlineData(
        "/v1/jobs?q=colour:red",
        "There is no filter qualifier 'colour'. Valid qualifiers: state, reason, queue, method, "
            + "worker, owner, tag, key, parent, from, to, age, text."
    )]
    [InlineData("/v1/jobs?state=failed", "Unknown query parameter 'state'. Valid parameters: q, after, limit.")]
    [InlineData("/v1/results?top=0", "top=0 is not valid. Use a whole number from 1 to 1000.")]
    [InlineData(
        "/v1/results?queue=EU",
        "'EU' is not a valid queue name. Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting "
            + "with a letter or digit."
    )]
    [InlineData("/v1/results?limit=5", "Unknown query parameter 'limit'. Valid parameters: queue, top.")]
    public async Task An_invalid_query_is_rejected_with_the_valid_choices(string path, string detail)
    {
        using var response = await scene.GetAsync(path);

        await FrontScene.AssertRefusedAsync(response, 400, "bad-request", detail);
    }

    [Fact]
    public async Task The_latest_results_come_first_include_text_inline_and_can_be_read_repeatedly()
    {
        var worker = await scene.JoinAsync("latest");
        var ids = new List<string>();
        foreach (
            var (result, type) in new[]
            {
                ("one", "text/plain"),
                ("{\"two\":2}", "application/json"),
                ("three", "application/octet-stream"),
            }
        )
        {
            ids.Add(await scene.SubmitAsync("""{"method":"latest","queue":"latest"}"""));
            await worker.SucceedAsync(await worker.ClaimAsync(), Encoding.UTF8.GetBytes(result), type);
        }
        ids.Add(await scene.SubmitAsync("""{"method":"latest","queue":"latest"}"""));
        await worker.FailAsync(await worker.ClaimAsync(), "no luck");

        var results = await ResultsAsync("?queue=latest&top=3");
        var again = await ResultsAsync("?queue=latest&top=3");

        Assert.Equal([ids[3], ids[2], ids[1]], results.Select(r => r.Id));
        Assert.Equal(["failed", "succeeded", "succeeded"], results.Select(r => r.State));
        Assert.Equal([null, $"/v1/jobs/{ids[2]}/result", null], results.Select(r => r.ResultUrl));
        Assert.Equal("{\"two\":2}", results[2].Result?.GetRawText());
        Assert.Equal(results.Select(r => r.Id), again.Select(r => r.Id));
        Assert.Equal("one", (await ResultsAsync("?queue=latest"))[3].Result?.GetString());
    }

    [Fact]
    public async Task A_queue_without_ended_jobs_has_no_results() => Assert.Empty(await ResultsAsync("?queue=never"));

    private async Task<IReadOnlyList<string>> SubmitAsync(string queue, int jobs)
    {
        var ids = new List<string>();
        for (var i = 0; i < jobs; i++)
            ids.Add(await scene.SubmitAsync($"{{\"method\":\"noop\",\"queue\":\"{queue}\"}}"));
        return ids;
    }

    private async Task<JobPage> ListAsync(string query)
    {
        using var response = await scene.GetAsync($"/v1/jobs{query}");
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.JobPage);
    }

    private async Task<IReadOnlyList<JobReply>> ResultsAsync(string query)
    {
        using var response = await scene.GetAsync($"/v1/results{query}");
        return await FrontScene.ReadAsync(response, HttpStatusCode.OK, HeadraceJson.Default.IReadOnlyListJobReply);
    }
}
