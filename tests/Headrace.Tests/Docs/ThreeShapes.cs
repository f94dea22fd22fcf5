using System.ComponentModel.DataAnnotations;
using System.Text;
using Headrace.Worker;

namespace Headrace.Tests.Docs;

/// <summary>The examples in docs/methods-in-csharp.md, exactly as printed there.</summary>
internal static class ThreeShapes
{
    public static void CountWords(HeadraceWorker app)
    {
        app.MapMethod(
            "short-words",
            (ReadOnlyMemory<byte> body, [Range(1, 100)] int longest = 20) =>
                Encoding
                    .UTF8.GetString(body.Span)
                    .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                    .Count(word => word.Length <= longest)
        );
    }

    public static void Collatz(HeadraceWorker app)
    {
        app.MapStream<long>(
            "collatz",
            maxConcurrency: 8,
            ([Range(1, 1_000_000_000)] long start) => start,
            async jobs =>
            {
                var lanes = new List<(JobLease<long> Job, long Value, int Steps)>();
                while (await jobs.WaitToReadAsync())
                {
                    do
                    {
                        while (lanes.Count < 8 && jobs.TryRead(out var job))
                            lanes.Add((job, job.Input, 0));
                        for (var i = lanes.Count - 1; i >= 0; i--)
                        {
                            var (job, value, steps) = lanes[i];
                            if (job.CancellationToken.IsCancellationRequested)
                                job.Fail(new OperationCanceledException(job.CancellationToken));
                            else if (value == 1)
                                job.Succeed(steps);
                            else
                            {
                                lanes[i] = (job, value % 2 == 0 ? value / 2 : (3 * value) + 1, steps + 1);
                                continue;
                            }
                            lanes.RemoveAt(i);
                        }
                    } while (lanes.Count > 0);
                }
            }
        );
    }

    public static void Rank(HeadraceWorker app)
    {
        app.MapBatch<double>(
            "rank",
            maxBatchSize: 64,
            maxWait: TimeSpan.FromMilliseconds(5),
            (double score) => score,
            jobs =>
            {
                var sorted = jobs.Select(job => job.Input).Order().ToArray();
                foreach (var job in jobs)
                {
                    if (double.IsNegative(job.Input))
                        job.Fail(new JobRejectedException("A score must not be negative."));
                    else
                        job.Succeed(new { rank = Array.IndexOf(sorted, job.Input), of = jobs.Count });
                }
                return Task.CompletedTask;
            }
        );
    }

    public static void Split(HeadraceWorker app)
    {
        app.MapMethod(
            "split",
            async (JobContext job, ReadOnlyMemory<byte> body, CancellationToken stop) =>
            {
                var texts = Encoding.UTF8.GetString(body.Span).Split("\n\n");
                var children = await job.SubmitAsync(
                    [.. texts.Select(text => new ChildJob("short-words") { Body = Encoding.UTF8.GetBytes(text) })],
                    stop
                );
                return children.Select(child => child.ToString());
            }
        );
    }

    public static void Sort(HeadraceWorker app)
    {
        app.MapExecutor("sort", new ExecutorOptions(), new SortExecutor());
    }
}
