using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>
/// Verifies that a request's wait ends with the commit that is pending when the wait expires (R20). No further commit
/// may start while an expired wait is unanswered.
/// </summary>
internal sealed class WaitOracle(World world, SilenceOracle silence)
{
    private sealed class Waiting(TimeSpan wait)
    {
        public readonly TimeSpan Wait = wait;
        public Elapsed Since;
        public TimeSpan Excused;
        public bool InBroker;
    }

    private readonly Dictionary<RequestId, Waiting> _waiting = [];

    /// <summary>
    /// The requests in the batch that is being built. The batch itself answers those that have expired.
    /// </summary>
    private readonly List<Waiting> _taken = [];
    private Batch? _lastBuilt;

    /// <summary>Called after the shard has loaded its rows, when the shard's clock starts again.</summary>
    public void OnLoaded()
    {
        foreach (var waiting in _waiting.Values)
            (waiting.Since, waiting.Excused, waiting.InBroker) = (world.Clock, TimeSpan.Zero, false);
        _taken.Clear();
    }

    public void OnArrived(RequestId requestId, Command command)
    {
        var wait = command switch
        {
            Command.GetJob getJob => getJob.Wait,
            Command.AwaitPlace awaitPlace => awaitPlace.Wait,
            _ => TimeSpan.Zero,
        };
        if (wait > TimeSpan.Zero)
            _waiting.Add(requestId, new Waiting(wait) { Since = world.Clock, Excused = silence.Excused });
    }

    public void OnTaken(RequestId requestId)
    {
        if (_waiting.TryGetValue(requestId, out var waiting))
            _taken.Add(waiting);
    }

    /// <summary>Called after a request has been answered or its caller has disconnected.</summary>
    public void OnEnded(RequestId requestId) => _waiting.Remove(requestId);

    /// <summary>Called when the commit of a batch starts, and each time it is retried.</summary>
    public void OnCommitStarts(Batch batch)
    {
        if (batch == _lastBuilt)
            return;
        _lastBuilt = batch;
        foreach (var (requestId, waiting) in _waiting)
        {
            var late = world.Clock - waiting.Since - waiting.Wait - (silence.Excused - waiting.Excused);
            if (waiting.InBroker && late > TimeSpan.Zero)
                throw new SimulationFaultException(
                    $"the wait of request {requestId.Value} expired {late.TotalMilliseconds:0} ms ago, but it is not "
                        + "answered before the next commit"
                );
        }
        OnTurnEnded();
    }

    /// <summary>Called after each turn. From then on, the requests taken by the turn wait in the broker.</summary>
    public void OnTurnEnded()
    {
        foreach (var waiting in _taken)
            waiting.InBroker = true;
        _taken.Clear();
    }
}
