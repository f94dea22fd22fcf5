using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// Looks through gaps of finish numbers for the successful ends of a queue (<see cref="RowKey.Ends"/>). It walks the
/// index by queue and end, so that ends of other queues cost nothing, and reads
/// the state from the row; that is a column of what is read and no condition, so that the look can stop after any row.
/// </summary>
internal sealed class EndsScan(Database database, RowKey.Ends asked)
{
    private const string Inside =
        "SELECT completion_number, id, state FROM completed_job WHERE queue = ? AND completion_number BETWEEN ? AND ? ORDER BY completion_number";

    private readonly List<PulledEnd> _ends = [];
    private readonly List<Span> _looked = [];
    private int _rows;

    public EndsRow Look()
    {
        foreach (var gap in asked.Gaps)
            if (!Look(gap))
                break;
        return new EndsRow(_ends, _looked, asked.OldestFirst);
    }

    /// <summary>False when the look ends in this gap.</summary>
    private bool Look(Span gap)
    {
        var statement = database
            .Prepare(asked.OldestFirst ? Inside : Inside + " DESC")
            .PutName(asked.Queue.Text)
            .Put(gap.From)
            .Put(gap.To);
        try
        {
            while (statement.Step())
            {
                var end = new PulledEnd(statement.TakeLong(), new JobId(statement.TakeLong()));
                _rows++;
                if ((JobState)statement.TakeInt() == JobState.Succeeded)
                    _ends.Add(end);
                if (_ends.Count < asked.Most && _rows < RowKey.Ends.MostLooked)
                    continue;
                _looked.Add(asked.OldestFirst ? gap with { To = end.Finish } : gap with { From = end.Finish });
                return false;
            }
        }
        finally
        {
            statement.Reset();
        }
        _looked.Add(gap);
        return true;
    }
}
