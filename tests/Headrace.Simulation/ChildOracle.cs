using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// Verifies children (R13), by the replies that workers have read and by the contents of the disk. A child is not ready
/// before the attempt that submitted it has succeeded. It does not outlive an attempt that ended otherwise. The
/// children of an attempt that succeeded are exactly those that were accepted, each once.
/// </summary>
internal sealed class ChildOracle(World world)
{
    private readonly Dictionary<(LeaseToken Parent, int Number), IReadOnlyList<JobId>> _accepted = [];

    /// <summary>The children that have been on disk, by the attempt that submitted them.</summary>
    private readonly Dictionary<LeaseToken, HashSet<JobId>> _stored = [];

    /// <summary>The children that have left the state blocked otherwise than by their removal.</summary>
    private readonly HashSet<JobId> _unblocked = [];

    private readonly HashSet<JobId> _removed = [];

    /// <summary>The attempts that have succeeded, and those of them that a client had requested to cancel.</summary>
    private readonly HashSet<LeaseToken> _succeeded = [];
    private readonly HashSet<LeaseToken> _cancelled = [];

    public void OnAccepted(LeaseToken parent, int number, IReadOnlyList<JobId> children)
    {
        if (!_accepted.TryAdd((parent, number), children) && !_accepted[(parent, number)].SequenceEqual(children))
            throw new SimulationFaultException($"submission {number} of {parent} was accepted as two sets of children");
        if (children.Distinct().Count() != children.Count)
            throw new SimulationFaultException($"submission {number} of {parent} was accepted with a child twice");
    }

    public void OnRejected(LeaseToken parent, int number)
    {
        if (_accepted.ContainsKey((parent, number)))
            throw new SimulationFaultException($"submission {number} of {parent} was both accepted and rejected");
    }

    /// <summary>
    /// Checks the reply that accepts children: they are on disk, unless their attempt has ended since.
    /// </summary>
    public void OnResponse(Response.ChildrenSubmitted response)
    {
        foreach (var child in response.Children)
            if (
                !world.Store.Has(child)
                && !world.Store.WasDeleted(child)
                && !_removed.Contains(child)
                && _stored.Values.Any(children => children.Contains(child))
            )
                throw new SimulationFaultException($"child {child} was accepted but is not on disk");
    }

    /// <summary>Called before a batch is applied to the disk.</summary>
    public void OnWriting(Batch batch)
    {
        foreach (var change in batch.Changes)
            switch (change)
            {
                case RowChange.JobAdded { Row: var row }:
                    OnStored(row);
                    break;
                case RowChange.JobEnded { Row: var done }:
                    OnStored(done.Job);
                    OnEnded(done);
                    break;
                case RowChange.JobRemoved { Job: var removed }:
                    if (world.Store.LiveRow(removed) is not { Status.State: JobState.Blocked })
                        throw new SimulationFaultException($"job {removed} was removed but is not blocked");
                    _removed.Add(removed);
                    break;
                // A client has requested that an ended child run again, whatever its parent does.
                case RowChange.JobReadmitted { Job: var again }:
                    _unblocked.Add(again);
                    break;
            }
    }

    /// <summary>Called when a batch is on disk.</summary>
    public void OnStored()
    {
        foreach (var row in world.Store.Unfinished)
        {
            if (row.Spec.Parent is not { Lease: var parent })
                continue;
            if (row.Status.State == JobState.Blocked)
            {
                if (
                    world.Store.LiveRow(parent.Job) is not { Status: { State: JobState.Running } status }
                    || status.Attempt != parent.Attempt
                )
                    throw new SimulationFaultException(
                        $"job {row.Id} is blocked although the attempt {parent}, which submitted it, has ended"
                    );
            }
            else if (_unblocked.Add(row.Id) && (!_succeeded.Contains(parent) || _cancelled.Contains(parent)))
                throw new SimulationFaultException(
                    $"job {row.Id} is {row.Status.State.ToWireName()} although the attempt {parent}, which submitted "
                        + "it, has not succeeded or was cancelled"
                );
        }
    }

    /// <summary>
    /// Checks the final state: the children of each attempt that succeeded are those that were accepted.
    /// </summary>
    public void Verify()
    {
        foreach (var parent in _succeeded)
        {
            var accepted = _accepted.Where(entry => entry.Key.Parent == parent).SelectMany(entry => entry.Value);
            var stored = _stored.GetValueOrDefault(parent) ?? [];
            if (!stored.SetEquals(accepted))
                throw new SimulationFaultException(
                    $"the attempt {parent} succeeded with the children {string.Join(' ', stored.Order())}, but "
                        + $"{string.Join(' ', accepted.Order())} were accepted"
                );
            if (stored.Any(_removed.Contains))
                throw new SimulationFaultException($"a child of the attempt {parent}, which succeeded, was removed");
        }
        foreach (var parent in _stored.Keys.Except(_succeeded))
            foreach (var child in _stored[parent].Where(child => !_removed.Contains(child)))
                if (!world.Store.WasDeleted(child) && world.Store.DoneRow(child) is null)
                    throw new SimulationFaultException(
                        $"child {child} outlived the attempt {parent}, which did not succeed"
                    );
    }

    private void OnStored(JobRow row)
    {
        if (row.Spec.Parent is not { Lease: var parent })
            return;
        if (!_stored.TryGetValue(parent, out var children))
            _stored.Add(parent, children = []);
        children.Add(row.Id);
    }

    private void OnEnded(DoneRow done)
    {
        var (id, status) = (done.Job.Id, done.Job.Status);
        var before = world.Store.LiveRow(id)?.Status;
        if (status.State == JobState.Succeeded)
            _succeeded.Add(new LeaseToken(id, status.Attempt));
        if (before is { State: JobState.Running, StopRequest: StopReason.Cancel })
            _cancelled.Add(new LeaseToken(id, before.Value.Attempt));
        // A child that has run must have been ready before. One that was cancelled or missed its deadline need not.
        if (
            done.Job.Spec.Parent is { Lease: var parent }
            && status.Attempt > 0
            && !_unblocked.Contains(id)
            && !_succeeded.Contains(parent)
        )
            throw new SimulationFaultException($"child {id} ran although the attempt {parent} has not succeeded");
    }
}
