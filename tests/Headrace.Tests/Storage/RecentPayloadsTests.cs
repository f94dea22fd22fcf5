using System.Runtime.InteropServices;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Storage.Sqlite;
using Xunit;

namespace Headrace.Tests.Storage;

public sealed class RecentPayloadsTests
{
    [Fact]
    public void Payloads_of_a_batch_are_cached_once_it_is_durable_R15()
    {
        var recent = new RecentPayloads();
        recent.OnCommitted([Body(1, 10), Body(2, 20), Result(1, 5)], new Instant(0));

        Assert.True(recent.TryRead([Key(2), Key(1), Key(1, PayloadKind.Result)], out var rows));
        Assert.Equal([20, 10, 5], rows.Cast<PayloadRow>().Select(row => row.Bytes.Length));
    }

    [Fact]
    public void One_missing_payload_sends_the_entire_read_to_the_store()
    {
        var recent = new RecentPayloads();
        recent.OnCommitted([Body(1, 10)], new Instant(0));

        Assert.False(recent.TryRead([Key(1), Key(2)], out _));
        Assert.False(recent.TryRead([Key(1), new RowKey.Ended(new JobId(1))], out _));
        Assert.False(recent.TryRead([], out _));
    }

    [Fact]
    public void A_body_is_evicted_when_its_job_ends_and_the_result_stays()
    {
        var recent = new RecentPayloads();
        recent.OnCommitted([Body(1, 10), Body(2, 10)], new Instant(0));
        var ended = new JobRow(
            new JobId(1),
            new JobSpec
            {
                Queue = QueueName.Default,
                Method = new MethodName("noop"),
                Owner = "ada",
                BodyBytes = 10,
            },
            default
        );

        recent.OnCommitted(
            [new RowChange.JobEnded(new DoneRow(ended, 1, default, FailReason.None), WasStored: true), Result(1, 3)],
            new Instant(0)
        );

        Assert.False(recent.TryRead([Key(1)], out _));
        Assert.True(recent.TryRead([Key(2), Key(1, PayloadKind.Result)], out _));
    }

    [Fact]
    public void The_oldest_results_are_evicted_first_above_the_byte_limit()
    {
        var recent = new RecentPayloads(resultBytes: 3_000);
        for (var job = 1; job <= 5; job++)
            recent.OnCommitted([Result(job, 1_000)], new Instant(0));

        Assert.False(recent.TryRead([Key(3, PayloadKind.Result)], out _));
        Assert.True(recent.TryRead([Key(4, PayloadKind.Result), Key(5, PayloadKind.Result)], out _));
    }

    [Fact]
    public void With_a_long_queue_the_bodies_needed_next_are_kept_and_eventually_evicted()
    {
        var recent = new RecentPayloads(bodyBytes: 3_000);
        for (var job = 1; job <= 5; job++)
            recent.OnCommitted([Body(job, 1_000)], new Instant(0));
        Assert.True(recent.TryRead([Key(1), Key(2)], out _));
        Assert.False(recent.TryRead([Key(3)], out _));

        recent.OnCommitted([Body(6, 1_000)], new Instant(11_000_000));

        Assert.False(recent.TryRead([Key(1)], out _));
        Assert.True(recent.TryRead([Key(2), Key(6)], out _));
    }

    [Fact]
    public void A_cached_slice_does_not_retain_its_array_and_a_whole_array_is_not_copied()
    {
        var recent = new RecentPayloads();
        var (request, whole) = (new byte[10_000], new byte[100]);
        request[7] = 1;

        recent.OnCommitted([Body(1, request.AsMemory(7, 5)), Body(2, whole)], new Instant(0));

        Assert.True(recent.TryRead([Key(1), Key(2)], out var rows));
        Assert.Equal([1, 0, 0, 0, 0], ArrayOf(rows[0]));
        Assert.Same(whole, ArrayOf(rows[1]));
    }

    private static byte[] ArrayOf(StoredRow row) =>
        MemoryMarshal.TryGetArray(((PayloadRow)row).Bytes, out var segment)
            ? segment.Array!
            : throw new InvalidOperationException("The bytes are not backed by an array.");

    private static RowKey.Payload Key(long job, PayloadKind kind = PayloadKind.Input) => new(new JobId(job), kind);

    private static RowChange.PayloadAdded Body(long job, int bytes) => Body(job, new byte[bytes]);

    private static RowChange.PayloadAdded Body(long job, ReadOnlyMemory<byte> bytes) =>
        new(new PayloadRow(new JobId(job), PayloadKind.Input, null, bytes));

    private static RowChange.PayloadAdded Result(long job, int bytes) =>
        new(new PayloadRow(new JobId(job), PayloadKind.Result, null, new byte[bytes]));
}
