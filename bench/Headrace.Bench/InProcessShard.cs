using Headrace.Core;
using Headrace.Storage.Sqlite;
using ShardCommand = Headrace.Core.Command;

namespace Headrace.Bench;

/// <summary>
/// A broker and a store in this process, without a server. It measures the CPU time of individual commands.
/// </summary>
internal sealed class InProcessShard : IAsyncDisposable
{
    private readonly SqliteJobStore _store;
    private readonly Broker _broker;
    private readonly Epoch _epoch;
    private TimeSpan _pause;
    private long _requests;

    private InProcessShard(SqliteJobStore store, Broker broker, Epoch epoch) =>
        (_store, _broker, _epoch) = (store, broker, epoch);

    /// <summary>Opens the store of a stopped server.</summary>
    public static async Task<InProcessShard> OpenAsync(string data, CancellationToken stop)
    {
        var store = SqliteJobStore.Create(Path.Combine(data, "headrace.db"), Durability.Fsync, TimeProvider.System);
        var epoch = await store.OpenAsync(new StoreOwner(Environment.MachineName, Environment.ProcessId), stop);
        var broker = new Broker(new BrokerOptions());
        await foreach (var row in store.LoadAsync(stop))
            broker.Restore(row, default);
        return new InProcessShard(store, broker, epoch);
    }

    /// <summary>Applies a command to the rows that it requires, and commits it.</summary>
    public async Task<MeasuredCommand> ApplyAsync(ShardCommand command, CancellationToken stop)
    {
        var request = new RequestId(++_requests);
        var batch = Apply(request, command, out var turn);
        if (batch.Responses.Single().Answer is Response.ReadRequired required)
            batch = Apply(request, command.WithRows(await _store.ReadAsync(required.Keys, stop)), out turn);
        var before = Environment.CpuUsage.TotalTime;
        if (batch.NeedsCommit && await _store.CommitAsync(batch, _epoch, stop) is not CommitResult.Durable)
            throw new HeadraceException($"The {command.GetType().Name} was not committed.");
        var commit = Environment.CpuUsage.TotalTime - before;
        await _store.MaintainAsync();
        return new MeasuredCommand(batch.Responses.Single().Answer, turn, commit, _pause);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private Batch Apply(RequestId request, ShardCommand command, out TimeSpan processor)
    {
        var batch = new Batch();
        var context = new ApplyContext(Instant.From(TimeProvider.System.GetUtcNow()), default, batch);
        var (before, paused) = (BenchClock.ThreadProcessor, GC.GetTotalPauseDuration());
        _broker.Apply(request, command, context);
        _broker.FinishBatch(context);
        _pause = GC.GetTotalPauseDuration() - paused;
        processor = BenchClock.ThreadProcessor - before;
        return batch;
    }
}

/// <summary>
/// The answer to a command, and how long it took. Turn is the CPU time of the broker's thread, not including the
/// time to read the required rows. Commit is the CPU time of the process during the commit. Pause is the time for which
/// the garbage collector paused the turn.
/// </summary>
internal sealed record MeasuredCommand(Response Answer, TimeSpan Turn, TimeSpan Commit, TimeSpan Pause);
