using Headrace.Apps.Benchop.Measuring;
using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Core;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// Runs one job for each cell: submits all jobs, then collects their results in order. If the wait is interrupted, the
/// remaining jobs are cancelled; the results collected so far remain available.
/// </summary>
internal sealed class CellJobs(CommandContext call, IReadOnlyList<CellRequest> cells)
{
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(15);

    private readonly string[] _ids = new string[cells.Count];
    private readonly List<CellAnswer> _answers = [];

    /// <summary>True if at least one job ended without a result. The job's cell states the reason.</summary>
    public bool AnyFailed { get; private set; }

    /// <summary>The results collected so far, in the order of the cells.</summary>
    public IReadOnlyList<CellAnswer> Answers => _answers;

    /// <summary>Collects the result of every cell, and reports each as it arrives.</summary>
    public async Task<IReadOnlyList<CellAnswer>> RunAsync(
        Action<CellRequest, CellAnswer> tell,
        CancellationToken cancellationToken
    )
    {
        using var client = call.Connect();
        try
        {
            await foreach (
                var taken in client.SubmitManyAsync(cells.Select(cell => cell.Submission), cancellationToken)
            )
                _ids[taken.Index] = taken.Id ?? throw new HeadraceProblemException(taken.Problem!);
            while (_answers.Count < cells.Count)
            {
                var (cell, id) = (cells[_answers.Count], _ids[_answers.Count]);
                _answers.Add(await AnswerAsync(client, cell, id, cancellationToken));
                tell(cell, _answers[^1]);
            }
            return _answers;
        }
        catch
        {
            await CancelAsync(client);
            throw;
        }
    }

    private async Task<CellAnswer> AnswerAsync(
        HeadraceClient client,
        CellRequest cell,
        string id,
        CancellationToken cancellationToken
    )
    {
        var job = await client.WaitAsync(id, timeout: null, cancellationToken);
        if (job.HasSucceeded())
            return Format.Read(
                (await client.GetResultAsync(id, cancellationToken)).Bytes.Span,
                BenchopJson.Default.CellAnswer
            );
        AnyFailed = true;
        var card = cell.Method.Card;
        return new CellAnswer(
            Cell.Empty(cell.Problem.Id, card.Name, card.UsesStructure, $"Job {id} {Format.End(job)}."),
            [.. cell.Problem.Points.Spots],
            [.. cell.Problem.Points.SecondSpots],
            [],
            []
        );
    }

    private async Task CancelAsync(HeadraceClient client)
    {
        using var late = new CancellationTokenSource(Parting);
        try
        {
            var left = _ids.Skip(_answers.Count).Where(id => id is not null);
            await Parallel.ForEachAsync(
                left,
                new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = late.Token },
                async (id, stop) =>
                {
                    try
                    {
                        await client.CancelAsync(id, stop);
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
            call.WriteNote("Some jobs of this table may still be waiting: headrace jobs list --filter \"state:ready\"");
        }
    }
}
