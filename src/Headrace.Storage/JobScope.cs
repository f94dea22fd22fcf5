using Headrace.Core.Jobs;
using Headrace.Core.Results;

namespace Headrace.Storage;

/// <summary>Which tables a search must read: unfinished jobs, ended jobs, or both.</summary>
internal readonly record struct JobScope(bool Live, bool Ended)
{
    public static JobScope Of(JobFilter filter, JobOrder order) =>
        new(
            Live: order == JobOrder.Newest
                && !filter.EndedOnly
                && filter.Reason is null
                && filter.State?.IsEnded() != true,
            Ended: filter.State?.IsEnded() != false
        );
}
