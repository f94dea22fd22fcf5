using Headrace.Core;
using Headrace.Core.Registry;
using Xunit;

namespace Headrace.Tests.Storage;

/// <summary>
/// The contract that every job store must satisfy for registry documents and records. Each implementation adds one
/// sealed class.
/// </summary>
public abstract class RegistryConformance : JobStoreSuite
{
    [Fact]
    public async Task Documents_load_by_kind_and_id_before_the_jobs_with_the_next_version_R27()
    {
        await DurableAsync(
            new RowChange.JobAdded(SampleRows.Waiting(2)),
            new RowChange.DocumentPut(SampleRows.Document("user", "b", 1)),
            new RowChange.DocumentPut(SampleRows.Document("user", "B", 2)),
            new RowChange.DocumentPut(SampleRows.Document("key", "~", 3)),
            new RowChange.DocumentPut(SampleRows.Document("user", "a", 4) with { Job = null }),
            new RowChange.FeedPut(SampleRows.Feed("f")),
            new RowChange.RecordPut(SampleRows.Record("user", "c", 5))
        );

        AssertEqual(
            [
                new ShardRow(1, 1001, 101, new Instant(1)) { NextRegistryVersion = 201, NextDeliveryEpoch = 301 },
                SampleRows.Feed("f"),
                SampleRows.Document("key", "~", 3),
                SampleRows.Document("user", "B", 2),
                SampleRows.Document("user", "a", 4) with
                {
                    Job = null,
                },
                SampleRows.Document("user", "b", 1),
                SampleRows.Waiting(2),
            ],
            await LoadAsync()
        );
    }

    [Fact]
    public async Task A_document_is_replaced_and_deleted_and_stays_so_for_the_next_owner()
    {
        await DurableAsync(
            new RowChange.DocumentPut(SampleRows.Document("user", "a", 1)),
            new RowChange.DocumentPut(SampleRows.Document("user", "b", 2)),
            new RowChange.DocumentPut(SampleRows.Document("user", "a", 3))
        );
        await DurableAsync(
            new RowChange.DocumentRemoved("user", "b"),
            new RowChange.DocumentPut(SampleRows.Document("user", "c", 4)),
            new RowChange.DocumentRemoved("user", "c")
        );

        JobStore = await ReopenAsync(JobStore);
        Epoch = await JobStore.OpenAsync(Owner, Stop);

        AssertEqual([SampleRows.Document("user", "a", 3)], (await LoadAsync()).Skip(1));
    }

    [Theory]
    [InlineData("user", "b")]
    [InlineData("key", "a")]
    public async Task A_batch_that_deletes_a_document_that_does_not_exist_is_rejected_and_leaves_nothing(
        string kind,
        string id
    )
    {
        await DurableAsync(
            new RowChange.DocumentPut(SampleRows.Document("user", "a", 1)),
            new RowChange.RecordPut(SampleRows.Record("audit", "1", 2))
        );

        var result = await JobStore.CommitAsync(
            Batches.Freeze(
                2,
                new RowChange.DocumentPut(SampleRows.Document("user", "a", 3)),
                new RowChange.DocumentPut(SampleRows.Document("user", "n", 4)),
                new RowChange.RecordPut(SampleRows.Record("audit", "1", 5)),
                new RowChange.RecordPut(SampleRows.Record("audit", "2", 6)),
                new RowChange.RecordRemoved("audit", "1"),
                new RowChange.DocumentRemoved(kind, id)
            ),
            Epoch,
            Stop
        );

        Assert.Contains(
            nameof(RowChange.DocumentRemoved),
            Assert.IsType<CommitResult.Refused>(result).Why.Detail,
            StringComparison.Ordinal
        );
        AssertEqual([SampleRows.Document("user", "a", 1)], (await LoadAsync()).Skip(1));
        AssertEqual(
            [SampleRows.Record("audit", "1", 2)],
            await ReadAsync(new RowKey.Record("audit", "1"), new RowKey.Record("audit", "2"))
        );
    }

    [Fact]
    public async Task Records_are_read_by_key_replaced_and_removed()
    {
        await DurableAsync(
            new RowChange.RecordPut(SampleRows.Record("position", "a", 1)),
            new RowChange.RecordPut(SampleRows.Record("position", "b", 2) with { Job = null }),
            new RowChange.RecordPut(SampleRows.Record("audit", "a", 3))
        );
        await DurableAsync(
            new RowChange.RecordPut(SampleRows.Record("position", "a", 4)),
            new RowChange.RecordRemoved("audit", "a"),
            new RowChange.RecordRemoved("audit", "never-was")
        );

        AssertEqual(
            [SampleRows.Record("position", "b", 2) with { Job = null }, SampleRows.Record("position", "a", 4)],
            await ReadAsync(
                new RowKey.Record("position", "b"),
                new RowKey.Record("audit", "a"),
                new RowKey.Record("position", "a")
            )
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_contain_each_record_of_the_kind_once_in_order(bool newestFirst)
    {
        var order = newestFirst ? RecordOrder.NewestFirst : RecordOrder.OldestFirst;
        string[] ids = ["0001", "0002", "0003", "A", "a", "a.b", "~"];
        await DurableAsync([
            new RowChange.RecordPut(SampleRows.Record("audi", "z", 1)),
            new RowChange.RecordPut(SampleRows.Record("audit2", "0", 1)),
            .. ids.Reverse().Select(id => new RowChange.RecordPut(SampleRows.Record("audit", id, 2))),
        ]);

        for (var size = 1; size <= 8; size++)
        {
            var found = new List<string>();
            string? after = null;
            RecordPage page;
            do
            {
                page = await PageAsync("audit", order, after, size);
                Assert.InRange(page.Records.Count, 1, size);
                found.AddRange(page.Records.Select(record => record.Id));
                after = found[^1];
            } while (!page.IsLast);
            Assert.Equal(newestFirst ? ids.Reverse() : ids, found);
        }
        var none = await PageAsync("nothing", order, null, 5);
        Assert.Equal((0, true), (none.Records.Count, none.IsLast));
    }

    [Fact]
    public async Task A_page_may_start_after_an_id_that_does_not_exist()
    {
        await DurableAsync([
            .. Enumerable.Range(1, 4).Select(n => new RowChange.RecordPut(SampleRows.Record("audit", $"{n}", n))),
            new RowChange.RecordRemoved("audit", "2"),
        ]);

        Assert.Equal(["3", "4"], Ids(await PageAsync("audit", RecordOrder.OldestFirst, "2", 5)));
        Assert.Equal(["1"], Ids(await PageAsync("audit", RecordOrder.NewestFirst, "2", 5)));
    }

    [Fact]
    public async Task A_page_ends_after_a_megabyte()
    {
        var large = new byte[RegistryLimits.DocumentBytes];
        await DurableAsync([
            .. Enumerable
                .Range(0, 20)
                .Select(n => new RowChange.RecordPut(
                    SampleRows.Record("audit", $"{n:D2}", n + 1) with
                    {
                        Json = large,
                    }
                )),
        ]);

        var first = await PageAsync("audit", RecordOrder.OldestFirst, null, 100);
        var second = await PageAsync("audit", RecordOrder.OldestFirst, "15", 100);

        Assert.Equal((16, false), (first.Records.Count, first.IsLast));
        Assert.Equal((4, true), (second.Records.Count, second.IsLast));
    }

    private async Task<RecordPage> PageAsync(string kind, RecordOrder order, string? after, int maxCount) =>
        Assert.IsType<RecordPage>(Assert.Single(await ReadAsync(new RowKey.Records(kind, order, after, maxCount))));

    private static IEnumerable<string> Ids(RecordPage page) => page.Records.Select(record => record.Id);
}
