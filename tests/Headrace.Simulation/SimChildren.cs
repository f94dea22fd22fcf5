using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// The children that the running jobs of a simulated worker submit. A job has one submission in flight; without a
/// reply, the worker sends it again with the same number.
/// </summary>
internal sealed class SimChildren(World world, SimWorker worker)
{
    private readonly Dictionary<long, (SimHeldJob Parent, int Number)> _calls = [];

    public void Reset() => _calls.Clear();

    /// <summary>Submits children of a running job, or sends its open submission again.</summary>
    public void Submit(IReadOnlyList<SimHeldJob> held, int detail)
    {
        var running = held.Where(h => h is { Started: true, Outcome: null, IsUnsettled: false }).ToList();
        if (running.Count == 0)
            return;
        var parent = running[detail % running.Count];
        if (parent.Submission is not null && detail % 4 > 0)
            return;
        parent.Submission ??= new Command.SubmitChildren(
            worker.Identity,
            parent.Lease,
            ++parent.Submissions,
            1 + ((detail >> 2) % 3),
            []
        );
        if (parent.Submission.Jobs.Count == 0 && (detail >> 20) % 8 > 0)
            parent.Submission = parent.Submission with
            {
                Jobs = [.. Enumerable.Range(0, parent.Submission.Count).Select(i => Child(detail + i))],
            };
        Send(parent);
    }

    /// <summary>Sends every submission again whose reply is missing.</summary>
    public void Resend(IReadOnlyList<SimHeldJob> held)
    {
        foreach (var parent in held)
            if (parent is { Submission: { } open, Outcome: null } && !_calls.ContainsValue((parent, open.Number)))
                Send(parent);
    }

    /// <summary>Handles a reply. Returns false if it does not belong to a submission of children.</summary>
    public bool Receive(long call, Response? response)
    {
        if (!_calls.Remove(call, out var sentCall))
            return false;
        // A submission that was sent twice can be answered twice.
        var (parent, number) = sentCall;
        if (parent.Submission is not { } sent || sent.Number != number)
            return true;
        switch (response)
        {
            case Response.ChildrenSubmitted accepted:
                parent.Submission = null;
                world.Children.OnAccepted(sent.Parent, sent.Number, accepted.Children);
                world.OnChildrenAccepted(accepted.Children);
                break;
            case Response.ChildrenRejected or Response.Acknowledged:
                parent.Submission = null;
                world.Children.OnRejected(sent.Parent, sent.Number);
                break;
            // The server was not able to decide. Everything else is sent again.
            case Response.Rejected { Rejection.Kind: RejectionKind.LeaseLost or RejectionKind.Unstorable }:
                (parent.Submission, parent.IsUnsettled) = (null, true);
                break;
        }
        return true;
    }

    private void Send(SimHeldJob parent)
    {
        var call = worker.NextCall();
        _calls.Add(call, (parent, parent.Submission!.Number));
        world.Network.Send(new Message.Request(worker, call, parent.Submission!));
    }

    private NewJob Child(int detail)
    {
        var method = world.Swarm.Population.ManyMethods
            ? Population.Requested[(detail >> 21) % Population.Requested.Count]
            : new MethodRef(new MethodName("noop"), 0);
        return new NewJob(
            new JobSpec
            {
                Queue = new QueueName((detail & 1) == 0 ? "a" : "b"),
                Method = method.Name,
                Version = method.Version,
                Priority = (detail >> 3) % 3,
                Params = new byte[16 * ((detail >> 24) % 4)],
                Retries = (detail >> 5) % 4,
                ScheduledAt =
                    (detail >> 7) % 8 == 0 ? world.Wall.After(TimeSpan.FromSeconds((detail >> 10) % 5)) : default,
                Deadline = (detail >> 13) % 8 == 0 ? world.Wall.After(TimeSpan.FromSeconds(2)) : Instant.Never,
                Owner = "sim",
                ContentType = "text/plain",
                BodyBytes = (detail >> 4) % 2,
            },
            new byte[(detail >> 4) % 2]
        );
    }
}
