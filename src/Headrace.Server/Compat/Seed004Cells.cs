using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Jobs;
using Headrace.Server.Shards;

namespace Headrace.Server.Compat;

/// <summary>
/// Measures problems with all pricing methods that workers offer: a job for each problem and method, so that a slow or
/// failing method delays no other. Each job has an idempotency key derived from the request. A client therefore polls
/// by repeating its request, and a measurement that has been made once is returned from the store.
/// </summary>
internal sealed class Seed004Cells(
    IAdmission admission,
    IShardRouter shards,
    IJobStore jobStore,
    JobFinder finder,
    TimeProvider time
)
{
    public static readonly QueueName Queue = new("seed004");

    /// <summary>
    /// The owner of all jobs of these routes, whether or not the caller sent a key. Every client can read them.
    /// </summary>
    public static readonly Caller Anyone = new(Caller.Anonymous.Name, [new Grant(Role.Submitter, [Queue])]);

    /// <summary>The tag of all pricing jobs, by which other measurements notice the noise of these.</summary>
    private const string Tag = "benchop";

    /// <summary>The maximum time of a cell, after which its method is stopped.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Number of submissions that are in progress at a time, which is enough for them to share a few commits.
    /// </summary>
    private const int Submissions = 64;

    /// <summary>Returns the names of the pricing methods that workers have offered, without the prefix.</summary>
    public async Task<IReadOnlyList<string>> MethodsAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var method in shards.ListMethodsAsync(null, cancellationToken))
            if (
                method.Name.Text.StartsWith(Seed004Method.Prefix, StringComparison.Ordinal)
                && method.Name.Text[Seed004Method.Prefix.Length..] is var name
                // A name with another dot is a function in an Octave file, which prices a single problem.
                && !name.Contains('.', StringComparison.Ordinal)
                && !names.Contains(name)
            )
                names.Add(name);
        return names;
    }

    /// <summary>
    /// Returns the cells of the problems, with those that have ended within the wait. The first request for a cell
    /// submits its job; a cell whose job was cancelled is measured again.
    /// </summary>
    public async Task<Result<IReadOnlyList<Seed004Cell>>> MeasureAsync(
        IReadOnlyList<Seed004Problem> problems,
        Seed004Parameters parameters,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        var methods = await MethodsAsync(cancellationToken);
        if (methods.Count == 0)
            return new Problem(
                ProblemKinds.Unavailable,
                "No worker has offered a pricing method yet. Wait until the workers have joined: GET /readyz."
            )
            {
                RetryAfter = TimeSpan.FromSeconds(1),
            };
        List<(Seed004Problem Problem, string Method)> asked =
        [
            .. from problem in problems from method in methods select (problem, method),
        ];
        var jobs = new JobId[asked.Count];
        Problem? rejection = null;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, asked.Count),
            new ParallelOptions { MaxDegreeOfParallelism = Submissions, CancellationToken = cancellationToken },
            async (index, stop) =>
            {
                var (problem, method) = asked[index];
                if ((await SubmitAsync(problem, method, parameters, stop)).TryGet(out var id, out var rejected))
                    jobs[index] = id;
                else
                    Interlocked.CompareExchange(ref rejection, rejected, null);
            }
        );
        // The jobs that were accepted remain, and the repeated request continues with them.
        if (rejection is not null)
            return rejection;
        var cells = new List<Seed004Cell>(asked.Count);
        foreach (var (index, (problem, method)) in asked.Index())
        {
            var left = wait - time.GetElapsedTime(started);
            var found = await finder.FindAsync(
                jobs[index],
                left > TimeSpan.Zero ? left : TimeSpan.Zero,
                Anyone,
                cancellationToken
            );
            cells.Add(new Seed004Cell(problem, method, jobs[index], found));
        }
        return await WithResultsAsync(cells, cancellationToken);
    }

    private async Task<Result<IReadOnlyList<Seed004Cell>>> WithResultsAsync(
        List<Seed004Cell> cells,
        CancellationToken cancellationToken
    )
    {
        var rows = await jobStore.ReadAsync(
            [.. cells.Where(cell => cell.HasResult).Select(cell => new RowKey.Payload(cell.Job, PayloadKind.Result))],
            cancellationToken
        );
        var results = rows.OfType<PayloadRow>().ToDictionary(row => row.Job);
        return cells.ConvertAll(cell => cell.With(results.GetValueOrDefault(cell.Job)));
    }

    private async Task<Result<JobId>> SubmitAsync(
        Seed004Problem problem,
        string method,
        Seed004Parameters parameters,
        CancellationToken cancellationToken
    )
    {
        var fields = new SubmissionFields
        {
            Method = Seed004Method.Prefix + method,
            Queue = Queue.Text,
            Params = Params(problem, parameters),
            TimeLimit = TimeLimit,
            // A method that fails once would fail again.
            Retries = 0,
            Tags = [Tag],
            IdempotencyKey = Key(problem, method, parameters),
        };
        if (!fields.ToJob(Anyone).TryGet(out var job, out var rejected))
            return rejected;
        if (!(await admission.SubmitAsync(job, cancellationToken)).TryGet(out var submitted, out rejected))
            return rejected;
        // The state of a repeated submission is unknown if its job has ended.
        return submitted.State == JobState.None
            ? await RepeatIfCancelledAsync(submitted.Id, cancellationToken)
            : submitted.Id;
    }

    /// <summary>Makes a cancelled job ready again: DELETE /queue cancels the jobs that no client waits for.</summary>
    private async Task<Result<JobId>> RepeatIfCancelledAsync(JobId id, CancellationToken cancellationToken)
    {
        if (
            await finder.FindAsync(id, TimeSpan.Zero, Anyone, cancellationToken)
            is not FoundJob.Ended { Row.Job.Status.State: JobState.Cancelled } cancelled
        )
            return id;
        var command = new Command.Retry(id, null) { KnownEnd = cancelled.Row.Ended };
        return await shards.Of(id).SendAsync(command, cancellationToken) is Response.Rejected rejected
            ? Problem.Of(rejected.Rejection)
            : id;
    }

    /// <summary>The protocol of the published codes: four calls, of which the first is dropped.</summary>
    private static byte[] Params(Seed004Problem problem, Seed004Parameters parameters)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("problem", problem.Id);
            parameters.WriteSettings(json, problem);
            json.WriteString("task", "measure");
            json.WriteString("protocol", "paper");
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static string Key(Seed004Problem problem, string method, Seed004Parameters parameters) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{problem.Id} {method} {parameters}")));
}
