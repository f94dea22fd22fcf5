using Headrace.Core;
using Headrace.Core.Feeds;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core.Feeds;

/// <summary>Tests which completions a scan for a feed finds, and where the scan stops (R16).</summary>
public sealed class CompletionScanTests
{
    private static readonly CompletionRange[] Gaps = [new(14, 20), new(2, 7)];

    private int _rows;

    [Fact]
    public void Only_successful_jobs_are_found_and_every_gap_is_read()
    {
        var read = Read(most: 100, number => number % 3 != 0);

        Assert.Equal([20, 19, 17, 16, 14, 7, 5, 4, 2], read.Completions.Select(end => end.CompletionNumber));
        Assert.Equal(Gaps, read.ScannedRanges);
    }

    [Fact]
    public void A_scan_stops_at_the_row_that_fills_it_and_reports_the_scanned_range()
    {
        var read = Read(most: 8, _ => true);

        Assert.Equal([Gaps[0], new(7, 7)], read.ScannedRanges);
        Assert.Equal(8, _rows);
    }

    [Fact]
    public void A_scan_from_the_oldest_reports_the_range_up_to_its_last_row()
    {
        var read = Read(most: 8, _ => true, oldestFirst: true);

        Assert.Equal([Gaps[0], new(2, 2)], read.ScannedRanges);
    }

    [Fact]
    public void A_scan_over_failed_jobs_stops_after_its_row_limit()
    {
        var read = CompletionScan.Read(
            new RowKey.Completions(QueueName.Default, [new(1, 1_000_000)], MaxCount: 5),
            gap => Scan(gap, _ => false, oldestFirst: false)
        );

        Assert.Empty(read.Completions);
        Assert.Equal(RowKey.Completions.MaxScannedRows, _rows);
        Assert.Equal([new(1_000_001 - RowKey.Completions.MaxScannedRows, 1_000_000)], read.ScannedRanges);
    }

    private CompletionPage Read(int most, Func<long, bool> succeeds, bool oldestFirst = false) =>
        CompletionScan.Read(
            new RowKey.Completions(QueueName.Default, Gaps, most) { OldestFirst = oldestFirst },
            gap => Scan(gap, succeeds, oldestFirst)
        );

    private IEnumerable<Completion> Scan(CompletionRange gap, Func<long, bool> succeeds, bool oldestFirst)
    {
        for (var i = 0L; i <= gap.To - gap.From; i++)
        {
            _rows++;
            var number = oldestFirst ? gap.From + i : gap.To - i;
            yield return new Completion(
                number,
                new JobId(100 + number),
                succeeds(number) ? JobState.Succeeded : JobState.Failed
            );
        }
    }
}
