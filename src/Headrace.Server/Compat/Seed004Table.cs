namespace Headrace.Server.Compat;

/// <summary>Arranges measured cells as the tables and rankings of seed system 004 and related systems.</summary>
internal static class Seed004Table
{
    public static Seed004Progress Progress(IReadOnlyList<Seed004Cell> cells)
    {
        var done = cells.Count(cell => cell.HasEnded);
        var (first, last) = (cells.Min(cell => cell.Submitted), cells.Max(cell => cell.Ended));
        var seconds =
            first is { } begin && last is { } end
                ? Math.Max(0, (end.ToDateTimeOffset() - begin.ToDateTimeOffset()).TotalSeconds)
                : 0;
        return new Seed004Progress(seconds, done == cells.Count, done, cells.Count);
    }

    /// <summary>Returns the columns for a problem.</summary>
    public static Seed004Columns Columns(Seed004Problem problem, IReadOnlyList<Seed004Cell> cells)
    {
        var byMethod = Of(problem, cells).ToDictionary(cell => cell.Method!);
        var rows = Seed004Method.Rows(byMethod.Keys);
        List<Seed004Cell?> column =
        [
            .. rows.Select(row => row.Name is { } name ? byMethod.GetValueOrDefault(name) : null),
        ];
        return new Seed004Columns(
            [.. rows.Select(row => row.Label)],
            [.. column.Select(cell => cell?.Answer?.Seconds)],
            [.. column.Select(cell => cell?.Answer?.Cell.Error)],
            [.. column.Select(cell => cell?.Answer?.CpuSeconds)],
            [.. rows.Zip(column, (row, cell) => cell is null ? row.WhyMissing : cell.Reason)],
            [.. column.Select(cell => cell?.Job.ToString())]
        );
    }

    /// <summary>Returns the rankings of the methods for a problem, by time and by error.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="cells">The cells, which may include those of other problems.</param>
    /// <param name="references">
    /// The reference values from which the errors are computed; null to use the errors that the methods report.
    /// </param>
    public static Seed004Ranking Ranking(
        Seed004Problem problem,
        IReadOnlyList<Seed004Cell> cells,
        IReadOnlyList<double>? references = null
    )
    {
        var own = Of(problem, cells).ToList();
        var rows = Seed004Method.Rows([.. own.Select(cell => cell.Method!)]);
        return new Seed004Ranking(
            Ascending(cell => cell.Answer?.Seconds),
            Ascending(cell => references is null ? cell.Answer?.Cell.Error : ErrorOf(cell, references))
        );

        IReadOnlyList<IReadOnlyDictionary<string, double>> Ascending(Func<Seed004Cell, double?> value) =>
            [
                .. from cell in own
                let number = value(cell)
                where number is not null
                orderby number
                let label = rows.First(row => row.Name == cell.Method).Label
                select new Dictionary<string, double> { [label] = number.Value },
            ];
    }

    private static double? ErrorOf(Seed004Cell cell, IReadOnlyList<double> references) =>
        cell.Answer is { } answer ? Seed004AnswerCell.ErrorOf(answer.Cell.Values, references) : null;

    /// <summary>Returns the cells of a problem, without the job that describes it.</summary>
    private static IEnumerable<Seed004Cell> Of(Seed004Problem problem, IReadOnlyList<Seed004Cell> cells) =>
        cells.Where(cell => cell.Problem == problem && cell.Method is not null);
}
