using Headrace.Core.Jobs;
using Headrace.Core.Results;

namespace Headrace.Storage;

/// <summary>Where a search must look at all: among the unfinished jobs, among the ended ones, or both.</summary>
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
