using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;

namespace Headrace.Worker.Exchange;

/// <summary>
/// The submissions of children by one attempt: numbers them and sends one after another. It knows whether the server
/// has decided about all of them, because an attempt must not succeed before.
/// </summary>
internal sealed class AttemptSubmissions(LeaseToken lease, ChildSubmitter submitter, Func<bool> isOver)
{
    private readonly Lock _lock = new();

    // Guarded by _lock: the number of the last submission, the task of the last one, the number of undecided ones, and
    // whether one of them will never be decided.
    private int _number;
    private Task _last = Task.CompletedTask;
    private int _undecided;
    private bool _isLost;

    /// <summary>
    /// Gets whether it will never be known what became of a submission, because the attempt no longer belongs to this
    /// worker.
    /// </summary>
    public bool IsLost
    {
        get
        {
            lock (_lock)
                return _isLost;
        }
    }

    /// <summary>Gets whether the server has not decided about a submission yet.</summary>
    public bool IsUndecided
    {
        get
        {
            lock (_lock)
                return _undecided > 0;
        }
    }

    public Task<IReadOnlyList<JobId>> SubmitAsync(List<SubmitJob> jobs, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<JobId>> decided;
        lock (_lock)
        {
            _undecided++;
            decided = DecideAsync(_last, ++_number, jobs);
            _last = decided;
        }
        return decided.WaitAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<JobId>> DecideAsync(Task previous, int number, List<SubmitJob> jobs)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        try
        {
            var answer = IsLost
                ? new Leases.NoReply("An earlier submission of this attempt has failed.", IsPermanent: true)
                : await submitter.SendAsync(lease, number, jobs, isOver);
            if (answer.Children is { } reply)
                return ChildMessage.Children(reply);
            lock (_lock)
                _isLost = true;
            throw new OperationCanceledException($"The children were not accepted: {answer.NoReply!.Message}");
        }
        finally
        {
            lock (_lock)
                _undecided--;
        }
    }
}
