using Headrace.Core.Jobs;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Compat;

/// <summary>
/// Measures problems with all pricing methods that workers offer. Each combination of problem and method is a separate
/// job, so a slow or failing method does not delay the others. A client polls by repeating its request, and completed
/// measurements are returned from the store.
/// </summary>
/// <remarks>
/// The included methods contain the problems. An Octave function receives the arguments of a problem, and its values
/// are compared with reference values. A job of the method <c>benchop-problem</c> supplies both the arguments and the
/// reference values, so it runs first.
/// </remarks>
internal sealed class Seed004Cells(Seed004Jobs jobs, IShardRouter shards, TimeProvider time)
{
    private const string DescribingMethod = "benchop-problem";

    /// <summary>Maximum number of concurrent submissions, enough to combine them into a few commits.</summary>
    private const int Submissions = 64;

    public Task<Seed004Offers> OffersAsync(CancellationToken cancellationToken) =>
        Seed004Offers.ReadAsync(shards, cancellationToken);

    /// <summary>
    /// Returns the cells of the problems. Cells whose jobs end before the wait is over are complete. The first request
    /// for a cell submits its job, and a cell whose job was cancelled is measured again.
    /// </summary>
    public async Task<Result<List<Seed004Cell>>> MeasureAsync(
        IReadOnlyList<Seed004Problem> problems,
        Seed004Parameters parameters,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        var offers = await OffersAsync(cancellationToken);
        if (offers.Included.Count == 0)
            return new Problem(
                ProblemKinds.Unavailable,
                "No worker has offered a pricing method yet. Wait until the workers have joined: GET /readyz."
            )
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        var described = offers.Functions.Count > 0 ? problems : [];
        List<Seed004Task> tasks =
        [
            .. described.Select(problem => new Seed004Task(problem, null, DescribingMethod, parameters.ToAsk(problem))),
            .. from problem in problems
            from method in offers.Included
            select new Seed004Task(problem, method, Seed004Offers.Registered(method), parameters.ToMeasure(problem)),
        ];
        if (!(await RunAsync(tasks)).TryGet(out var cells, out var rejected))
            return rejected;
        var descriptions = cells.Where(cell => cell.Method is null).ToList();
        if (!(await RunAsync([.. Calls(descriptions, offers)])).TryGet(out var called, out rejected))
            return rejected;
        // A description is not a cell in the table, but more cells will follow while it is unfinished.
        List<Seed004Cell> all =
        [
            .. descriptions.Where(description => !description.HasEnded),
            .. cells.Where(cell => cell.Method is not null),
            .. called,
        ];
        return all;

        Task<Result<List<Seed004Cell>>> RunAsync(List<Seed004Task> some) =>
            RunAllAsync(some, parameters.Label, () => wait - time.GetElapsedTime(started), cancellationToken);
    }

    /// <summary>Returns the calls to Octave functions for the problems that have been described.</summary>
    private static IEnumerable<Seed004Task> Calls(IEnumerable<Seed004Cell> descriptions, Seed004Offers offers) =>
        from description in descriptions
        let call = description.Description
        where call is not null
        from one in offers.Functions
        where one.Function.Equals(call.Function, StringComparison.OrdinalIgnoreCase)
        select new Seed004Task(
            description.Problem,
            offers.NameOf(one.Method),
            Seed004Offers.Registered(one.Method, one.Function),
            call.ToMeasure()
        )
        {
            References = call.Reference,
        };

    /// <summary>Submits the jobs and waits for them, in order, until the time has expired.</summary>
    private async Task<Result<List<Seed004Cell>>> RunAllAsync(
        List<Seed004Task> tasks,
        string label,
        Func<TimeSpan> timeLeft,
        CancellationToken cancellationToken
    )
    {
        var ids = new JobId[tasks.Count];
        Problem? rejection = null;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, tasks.Count),
            new ParallelOptions { MaxDegreeOfParallelism = Submissions, CancellationToken = cancellationToken },
            async (index, stop) =>
            {
                var task = tasks[index];
                var submitted = await jobs.SubmitAsync(task.RegisteredMethod, task.Params, label, stop);
                if (submitted.TryGet(out var id, out var rejected))
                    ids[index] = id;
                else
                    Interlocked.CompareExchange(ref rejection, rejected, null);
            }
        );
        // The jobs that were already accepted remain, and a repeated request finds them.
        if (rejection is not null)
            return rejection;
        var found = new List<FoundJob?>(tasks.Count);
        foreach (var id in ids)
        {
            var left = timeLeft();
            found.Add(await jobs.FindAsync(id, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken));
        }
        var results = await jobs.ResultsAsync(
            ids.Zip(found).Where(job => Seed004Cell.HasResult(job.Second)).Select(job => job.First),
            cancellationToken
        );
        return tasks
            .Select(
                (task, index) => Seed004Cell.Of(task, ids[index], found[index], results.GetValueOrDefault(ids[index]))
            )
            .ToList();
    }
}
