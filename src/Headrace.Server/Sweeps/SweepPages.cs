using Headrace.Core;
using Headrace.Core.Sweeps;

namespace Headrace.Server.Sweeps;

/// <summary>
/// Reads the pages of sweeps that change unfinished jobs. Each page is read while the previous step is being committed.
/// Such a page may be out of date, because it only lists jobs, and the broker checks each of them in memory (R2). The
/// rows of ended jobs, by contrast, must be up to date, so the broker itself requests the pages of sweeps that change
/// ended jobs.
/// </summary>
internal sealed class SweepPages(IJobStore jobStore)
{
    private readonly Dictionary<long, Task<SweepPageRow?>> _next = [];

    /// <summary>
    /// Returns the page at the cursor of the sweep and starts reading the following page. Returns null if the broker
    /// must request the page itself.
    /// </summary>
    public async Task<SweepPageRow?> TakeAsync(SweepRow sweep)
    {
        if (sweep.Action is SweepAction.Retry or SweepAction.Delete)
            return null;
        var page = _next.Remove(sweep.Id, out var started) ? await started : null;
        // If a step had to wait, the sweep continues at a position before the page that was read in advance.
        if (page?.From != sweep.Cursor)
            page = await ReadAsync(sweep);
        if (page?.Next is { } next)
            _next.Add(sweep.Id, ReadAsync(sweep with { Cursor = next }));
        return page;
    }

    /// <summary>Forgets the pages of sweeps that are no longer running.</summary>
    public void Retain(IEnumerable<SweepRow> running)
    {
        foreach (var ended in _next.Keys.Except(running.Select(sweep => sweep.Id)).ToList())
            _next.Remove(ended);
    }

    private async Task<SweepPageRow?> ReadAsync(SweepRow sweep)
    {
        try
        {
            var rows = await jobStore.ReadAsync([new RowKey.SweepPage(sweep)], CancellationToken.None);
            return (SweepPageRow)rows[0];
        }
#pragma warning disable CA1031 // The broker requests the page again and reports the failure.
        catch (Exception)
#pragma warning restore CA1031
        {
            return null;
        }
    }
}
