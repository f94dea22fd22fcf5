using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Bench.Recovery;

/// <summary>
/// Fills a store with jobs that stay ready because no worker is running. Each has 20 bytes of parameters, no body and
/// no idempotency key; the client library would add a key.
/// </summary>
internal static class UnfinishedJobs
{
    private const int LinesPerCall = 10_000;

    /// <summary>Submits the jobs.</summary>
    /// <param name="place">The server.</param>
    /// <param name="jobs">The number of jobs to submit.</param>
    /// <param name="stop">Stops the submission.</param>
    /// <param name="furtherMembers">
    /// Returns further members of the job with this number, as JSON that begins with a comma; null if there are none.
    /// </param>
    public static async Task FillAsync(
        ServerPlace place,
        long jobs,
        CancellationToken stop,
        Func<long, string>? furtherMembers = null
    )
    {
        using var http = new HttpClient { BaseAddress = new Uri(place.Url), Timeout = TimeSpan.FromMinutes(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", place.Key);
        for (var sent = 0L; sent < jobs; sent += LinesPerCall)
        {
            var lines = new StringBuilder();
            for (var i = sent; i < Math.Min(jobs, sent + LinesPerCall); i++)
                lines
                    .Append("""{"method":"sha512","queue":"recovery","params":{"iterations":""")
                    .Append(10_000 + (i % 90_000))
                    .Append('}')
                    .Append(furtherMembers?.Invoke(i))
                    .Append("}\n");
            using var content = new StringContent(lines.ToString(), new MediaTypeHeaderValue("application/jsonl"));
            using var reply = await http.PostAsync("v1/jobs:batch", content, stop);
            foreach (
                var line in (await reply.Content.ReadAsStringAsync(stop)).Split(
                    '\n',
                    StringSplitOptions.RemoveEmptyEntries
                )
            )
                if (JsonSerializer.Deserialize(line, HeadraceJson.Default.BatchLine) is not { Id: not null })
                    throw new IOException($"The server rejected a job: {line}");
        }
    }
}
