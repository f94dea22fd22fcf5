using System.Diagnostics.CodeAnalysis;

namespace Headrace.Core;

/// <summary>
/// Performs the input and output of a shard. A method that starts a load, a commit or a read returns at once; its
/// result is passed to the <see cref="ShardRunner"/> later.
/// </summary>
internal interface IShardIo
{
    Instant Wall { get; }

    Elapsed Monotonic { get; }

    /// <summary>Takes the next event: a completed read, or a caller that disconnected.</summary>
    bool TryTakeEvent([NotNullWhen(true)] out ShardEvent? shardEvent);

    void StartLoad();

    void StartCommit(Batch batch);

    void StartReads(IReadOnlyList<RowRequest> requests);

    void Publish(IReadOnlyList<(RequestId RequestId, Response Response)> responses, IReadOnlyList<Effect> effects);

    void WakeAt(Elapsed monotonic);

    void Stop(Reason reason);
}

/// <summary>
/// Executes the steps of a shard. The server, the simulation and the tests all run their shards with this class and
/// differ only in <see cref="IShardIo"/>, so the order of events and steps is the same everywhere.
/// </summary>
internal sealed class ShardRunner(Shard shard, IShardIo io)
{
    private bool _stopped;

    /// <summary>Builds batches until one needs a commit or nothing is waiting.</summary>
    public void Wake()
    {
        while (!_stopped)
        {
            Handle(ShardEvent.Woke.Instance);
            if (!shard.HasWaiting)
                break;
        }
    }

    /// <summary>Restores one stored row. Called after <see cref="IShardIo.StartLoad"/>.</summary>
    public void Restore(StoredRow row) => shard.Restore(row);

    /// <summary>Called after all stored rows have been restored.</summary>
    public void OnLoaded()
    {
        Handle(new ShardEvent.Loaded());
        Wake();
    }

    /// <summary>
    /// Publishes the responses and effects that the commit made durable. The caller wakes the shard as soon as the
    /// store can start the next commit, so that the next batch contains every command that arrived by then.
    /// </summary>
    public void OnCommitted(CommitResult result) => Handle(new ShardEvent.Committed(result));

    private void Handle(ShardEvent shardEvent)
    {
        while (io.TryTakeEvent(out var waiting))
            Execute(shard.Handle(waiting, io.Wall, io.Monotonic));
        Execute(shard.Handle(shardEvent, io.Wall, io.Monotonic));
    }

    private void Execute(IReadOnlyList<ShardStep> steps)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            switch (steps[i])
            {
                case ShardStep.Load:
                    io.StartLoad();
                    break;
                case ShardStep.Commit commit:
                    io.StartCommit(commit.Batch);
                    break;
                case ShardStep.Publish publish:
                    io.Publish(publish.Responses, publish.Effects);
                    break;
                case ShardStep.Read read:
                    io.StartReads(read.Requests);
                    break;
                case ShardStep.WakeAt wake:
                    io.WakeAt(wake.Elapsed);
                    break;
                case ShardStep.Stop stop:
                    _stopped = true;
                    io.Stop(stop.Reason);
                    break;
                default:
                    throw new InvalidOperationException($"Unsupported shard step {steps[i].GetType().Name}.");
            }
        }
    }
}
