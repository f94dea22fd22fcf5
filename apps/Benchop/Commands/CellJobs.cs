using System.Text.Json;
using Headrace.Apps.Benchop.Measuring;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Core;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// Runs one job for each cell: submits all jobs, then collects each result as soon as its job has ended, so that a slow
/// cell does not delay the others. A job that the server rejects, for example because no worker has offered its method,
/// leaves its cell empty. If the wait is interrupted, the remaining jobs are cancelled.
/// </summary>
internal sealed class CellJobs(CommandContext call, HeadraceClient client, IReadOnlyList<CellRequest> cells)
{
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(15);

    // The number of jobs that are awaited at the same time, in submission order. It exceeds the number of jobs that
    // workers usually run concurrently, so a result is rarely ready before it is awaited.
    private const int MaxWaits = 64;

    // After this time without a result, the command prints the reason why the jobs are waiting, such as a missing
    // worker.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(20);

    private readonly string?[] _ids = new string?[cells.Count];
    private readonly ProblemReply?[] _rejections = new ProblemReply?[cells.Count];
    private readonly CellAnswer?[] _answers = new CellAnswer?[cells.Count];
    private readonly Lock _reporting = new();
    private long _lastSign = TimeProvider.System.GetTimestamp();

    /// <summary>Whether at least one job ended without a result. The cell of such a job states the reason.</summary>
    public bool AnyFailed { get; private set; }

    /// <summary>Collects the result of every cell and reports each result when it arrives, one at a time.</summary>
    /// <returns>The results in the order of the cells.</returns>
    /// <exception cref="HeadraceProblemException">The server rejected all jobs.</exception>
    public async Task<IReadOnlyList<CellAnswer>> RunAsync(
        Action<CellRequest, string?, CellAnswer> report,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await foreach (
                var taken in client.SubmitManyAsync(cells.Select(cell => cell.Submission), cancellationToken)
            )
                (_ids[taken.Index], _rejections[taken.Index]) = (taken.Id, taken.Problem);
            if (_ids.All(id => id is null) && _rejections.FirstOrDefault() is { } rejection)
                throw new HeadraceProblemException(rejection);
            await Parallel.ForEachAsync(
                Enumerable.Range(0, cells.Count),
                new ParallelOptions { MaxDegreeOfParallelism = MaxWaits, CancellationToken = cancellationToken },
                async (index, stop) =>
                {
                    var (cell, id) = (cells[index], _ids[index]);
                    var answer = id is null
                        ? Failed(cell, $"The server rejected the job: {_rejections[index]?.Detail}")
                        : await AnswerAsync(cell, id, stop);
                    lock (_reporting)
                    {
                        _answers[index] = answer;
                        _lastSign = TimeProvider.System.GetTimestamp();
                        report(cell, id, answer);
                    }
                }
            );
            return [.. _answers.Select(answer => answer!)];
        }
        catch
        {
            await CancelAsync();
            throw;
        }
    }

    private async Task<CellAnswer> AnswerAsync(CellRequest cell, string id, CancellationToken cancellationToken)
    {
        var job = await WaitAsync(id, cancellationToken);
        if (!job.HasSucceeded())
            return Failed(cell, $"Job {id} {Format.End(job).TrimEnd('.')}.{StartText(cell, job)}");
        var result = await client.GetResultAsync(id, cancellationToken);
        try
        {
            return cell.Method.Read(cell, result.Bytes.Span);
        }
        catch (Exception unlike) when (unlike is JsonException or InvalidDataException)
        {
            // Another program may have offered a method with this name.
            return Failed(cell, $"The result of job {id} does not describe a cell: {unlike.Message}");
        }
    }

    /// <summary>States why the time limit of a job was longer than that of its cell.</summary>
    private static string StartText(CellRequest cell, JobReply job) =>
        job.Reason == "timeout" && cell.Method.StartAllowance is { Ticks: > 0 } allowance
            ? $" The limit includes {Format.Duration(allowance)} for the start of the process."
            : "";

    private async Task<JobReply> WaitAsync(string id, CancellationToken cancellationToken)
    {
        while (true)
            try
            {
                return await client.WaitAsync(id, MaxSilence, cancellationToken);
            }
            catch (TimeoutException)
            {
                await ExplainSilenceAsync(id, cancellationToken);
            }
    }

    /// <summary>
    /// Explains what a job is waiting for if no cell has ended for a while and no other job has been explained since
    /// then.
    /// </summary>
    private async Task ExplainSilenceAsync(string id, CancellationToken cancellationToken)
    {
        var job = await client.GetJobAsync(id, cancellationToken);
        lock (_reporting)
        {
            if (job.Why is null || job.State == "running" || TimeProvider.System.GetElapsedTime(_lastSign) < MaxSilence)
                return;
            _lastSign = TimeProvider.System.GetTimestamp();
            call.WriteNote($"No cell has ended for {Format.Duration(MaxSilence)}. Job {id} is {job.State}: {job.Why}");
        }
    }

    private CellAnswer Failed(CellRequest cell, string reason)
    {
        AnyFailed = true;
        var method = cell.Method;
        return new CellAnswer(
            Cell.Empty(cell.Problem.Id, method.Name, method.StructureOn(cell.Problem), reason),
            [.. cell.Problem.Points.Spots],
            [.. cell.Problem.Points.SecondSpots],
            [],
            []
        );
    }

    private async Task CancelAsync()
    {
        using var late = new CancellationTokenSource(Parting);
        try
        {
            await Parallel.ForEachAsync(
                _ids.Where((id, index) => id is not null && _answers[index] is null),
                new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = late.Token },
                async (id, stop) =>
                {
                    try
                    {
                        await client.CancelAsync(id!, stop);
                    }
                    catch (HeadraceProblemException ended) when (ended.Status is 404 or 409)
                    {
                        // The job ended before the cancellation request arrived.
                    }
                }
            );
        }
        catch (Exception gone) when (gone is HeadraceException or OperationCanceledException)
        {
            call.WriteNote(
                $"Some jobs of this command may still be waiting: headrace jobs list --filter \"tag:{CellRequest.Tag}\""
            );
        }
    }
}
