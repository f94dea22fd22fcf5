using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;

namespace Headrace.Storage.Memory;

/// <summary>
/// Looks through gaps of finish numbers for the successful ends of a queue (<see cref="RowKey.Ends"/>).
/// </summary>
internal sealed class EndsScan(RowKey.Ends asked, SortedSet<long> finishes, Func<long, DoneRow> row)
{
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
        var inside = finishes.GetViewBetween(gap.From, gap.To);
        foreach (var finish in asked.OldestFirst ? inside : inside.Reverse())
        {
            var done = row(finish);
            if (done.Job.Spec.Queue != asked.Queue)
                continue;
            _rows++;
            if (done.Job.Now.State == JobState.Succeeded)
                _ends.Add(new PulledEnd(finish, done.Job.Id));
            if (_ends.Count < asked.Most && _rows < RowKey.Ends.MostLooked)
                continue;
            _looked.Add(asked.OldestFirst ? gap with { To = finish } : gap with { From = finish });
            return false;
        }
        _looked.Add(gap);
        return true;
    }
}
