using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Ranking;
using Headrace.Apps.Benchop.Runs;
using Headrace.Commands;
using Headrace.Commands.Output;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// Stores each cell of a run as soon as it is done, and reports it. Unless a progress bar is drawn, the report has a
/// line for each cell. When the last cell of a problem has ended, the report also has a partial ranking.
/// </summary>
internal sealed class RunRecorder(CommandContext call, RunWriter writer, ProgressReport progress)
{
    private readonly Dictionary<string, List<Cell>> _byProblem = [];
    private int _done;

    public void Add(CellRequest cell, string? job, CellAnswer answer)
    {
        writer.Add(
            new RunCell(
                cell.Method.RegisteredNameFor(cell.Problem),
                cell.Problem.Key,
                job,
                cell.Task.Work is not null,
                answer
            )
        );
        progress.Done(++_done);
        if (call.Json)
            call.Terminal.WriteLine(Format.Json(answer, BenchopJson.Default.CellAnswer));
        // If standard error is not a terminal, there is no progress bar. Cells without a job need no line.
        if (!call.Terminal.ErrorIsTerminal && cell.Method.WhyNot(cell.Problem) is null)
            call.WriteNote($"{_done}/{writer.Header.Cells} {cell.Name}: {CellText.Brief(answer.Cell)}");
        if (!_byProblem.TryGetValue(cell.Problem.Id, out var cells))
            _byProblem[cell.Problem.Id] = cells = [];
        cells.Add(answer.Cell);
        if (cells.Count == writer.Header.Methods.Count)
            foreach (var ranked in (RankedGroup[])[RankedGroup.General, RankedGroup.Structure])
                if (cells.Any(c => c.Met && c.UsesStructure == (ranked == RankedGroup.Structure)))
                    progress.Note(RankText.Brief(ProblemRanking.Of(cell.Problem.Id, ranked, cells)));
    }
}
