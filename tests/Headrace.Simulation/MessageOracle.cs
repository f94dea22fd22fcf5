using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;

namespace Headrace.Simulation;

/// <summary>
/// Verifies messages (R28). No message is delivered to two clients within a lease, even across a restart. No message is
/// delivered after its acknowledgement. A message succeeds only if a client has acknowledged it.
/// </summary>
internal sealed class MessageOracle(World world)
{
    private readonly record struct Hold(int Attempt, Elapsed Until);

    /// <summary>The messages that clients hold, with the earliest time at which each lease may end.</summary>
    private readonly Dictionary<JobId, Hold> _holds = [];

    /// <summary>The clients' requests, and when they arrived at the server.</summary>
    private readonly Dictionary<RequestId, (Command Command, Elapsed At)> _requests = [];

    public void OnArrived(RequestId requestId, Command command)
    {
        if (command is Command.PullMessages or Command.SettleMessages)
            _requests.Add(requestId, (command, world.Clock));
    }

    /// <summary>
    /// Called before a batch is written to the disk. From this point on, every message that a client has settled stays
    /// settled, even if the server crashes before it publishes the response.
    /// </summary>
    public void OnWriting(Batch batch)
    {
        foreach (var (requestId, answer) in batch.Responses)
            if (answer is Response.Settled && _requests.TryGetValue(requestId, out var request))
                OnSettled((Command.SettleMessages)request.Command);
            else if (answer is Response.MessagesPulled pulled)
                foreach (var row in pulled.Messages)
                    if (world.Store.DoneRow(row.Id) is { Job.Status.State: JobState.Succeeded })
                        throw new SimulationFaultException(
                            $"message {row.Id} was delivered again after its acknowledgement"
                        );
        foreach (var change in batch.Changes)
            if (
                change is RowChange.JobEnded { Row.Job: { Status.State: JobState.Succeeded } job }
                && job.Spec.Method == MessageMethod.Name
                && !IsAcknowledged(job.Id, batch)
            )
                throw new SimulationFaultException($"message {job.Id} succeeded without an acknowledgement");
    }

    /// <summary>Called for each response that the server publishes, even if its caller has disconnected.</summary>
    public void OnPublished(RequestId requestId, Response answer)
    {
        if (
            _requests.Remove(requestId, out var request)
            && request.Command is Command.PullMessages pull
            && answer is Response.MessagesPulled pulled
        )
            foreach (var row in pulled.Messages)
                OnHandedOut(row, request.At + pull.Lease);
    }

    /// <summary>Called when a client requests that an ended message be delivered again.</summary>
    public void OnRetried(JobId job) => _holds.Remove(job);

    private void OnSettled(Command.SettleMessages settle)
    {
        foreach (var token in settle.Deliveries)
            if (_holds.TryGetValue(token.Job, out var hold) && (settle.Acknowledges || hold.Attempt == token.Attempt))
                _holds.Remove(token.Job);
    }

    private void OnHandedOut(JobRow row, Elapsed until)
    {
        if (_holds.TryGetValue(row.Id, out var hold) && world.Clock < hold.Until)
            throw new SimulationFaultException(
                $"message {row.Id} was delivered as attempts {hold.Attempt} and {row.Status.Attempt} within one lease"
            );
        if (
            world.Store.DoneRow(row.Id) is null
            && !world.Store.WasDeleted(row.Id)
            && world.Store.LiveRow(row.Id)?.Status.Attempt != row.Status.Attempt
        )
            throw new SimulationFaultException(
                $"the lease {row.Id}#{row.Status.Attempt} of a message was sent but is not on disk"
            );
        // The broker grants the lease after the request arrives, and the broker's clock does not run faster than the
        // simulation's. The lease therefore ends at this time or later.
        _holds[row.Id] = new Hold(row.Status.Attempt, until);
    }

    private bool IsAcknowledged(JobId job, Batch batch) =>
        batch.Responses.Any(response =>
            _requests.TryGetValue(response.Ticket, out var request)
            && request.Command is Command.SettleMessages { Acknowledges: true } settle
            && settle.Deliveries.Any(token => token.Job == job)
        );
}
