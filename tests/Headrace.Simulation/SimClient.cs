using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>
/// A client that submits, reads and cancels jobs, and pulls from feeds. It stores the job ids it received.
/// </summary>
internal sealed class SimClient(World world) : IEndpoint
{
    private readonly List<JobId> _acknowledgedJobs = [];
    private readonly Dictionary<long, (Command.Submit Submit, bool Keyed)> _submits = [];
    private readonly List<Command.Submit> _resendable = [];
    private long _calls,
        _keys;

    public string Name => "client";

    public void Submit(int choice, int detail)
    {
        // Occasionally resend an earlier request with the same keys. A client must do this after a lost reply, and may
        // do it at any time.
        if (_resendable.Count > 0 && choice % 3 == 0)
        {
            Send(_resendable[detail % _resendable.Count], keyed: true);
            return;
        }
        var keyed = choice % 2 == 0;
        var jobs = new NewJob[1 + (choice % 3)];
        for (var i = 0; i < jobs.Length; i++)
            jobs[i] = new NewJob(GenerateSpec(detail + i, keyed), default);
        var submit = new Command.Submit(jobs);
        if (keyed)
            _resendable.Add(submit);
        Send(submit, keyed);
    }

    /// <summary>Adds jobs that the client may cancel, read, delete and retry.</summary>
    public void AddJobs(IEnumerable<JobId> jobs) => _acknowledgedJobs.AddRange(jobs);

    public void Cancel(int choice)
    {
        if (_acknowledgedJobs.Count > 0)
            Call(new Command.Cancel(_acknowledgedJobs[^(1 + (choice % Math.Min(_acknowledgedJobs.Count, 10)))]));
    }

    /// <summary>Makes an operator delete one of the client's jobs, even if that job has not ended yet.</summary>
    public void DeleteJob(int choice, SimOperator by)
    {
        if (_acknowledgedJobs.Count > 0)
            by.Send(new Command.DeleteJob(_acknowledgedJobs[choice % _acknowledgedJobs.Count]));
    }

    /// <summary>Waits until a queue has room for a job. Usually, it already has room.</summary>
    public void AwaitPlace(int choice) =>
        Call(new Command.AwaitPlace(SimOperator.QueueOf(choice), Bytes: choice % 3, TimeSpan.FromSeconds(choice % 4)));

    public void Retry(int choice)
    {
        if (_acknowledgedJobs.Count > 0)
            Call(new Command.Retry(_acknowledgedJobs[^(1 + (choice % Math.Min(_acknowledgedJobs.Count, 10)))], null));
    }

    public void GetJob(int choice)
    {
        if (_acknowledgedJobs.Count > 0)
            Call(
                new Command.GetJob(
                    _acknowledgedJobs[choice % _acknowledgedJobs.Count],
                    TimeSpan.FromSeconds(choice % 4)
                )
            );
    }

    /// <summary>Two feeds read from one queue, and a third feed reads from the other queue.</summary>
    public void Pull(int choice) =>
        Call(
            new Command.Pull(
                new FeedName($"feed-{choice % 3}"),
                new QueueName(choice % 3 == 2 ? "b" : "a"),
                1 + (choice >> 2) % 4
            )
        );

    public void Receive(long call, Response? response)
    {
        if (response is not Response.Submitted submitted || !_submits.TryGetValue(call, out var sent))
            return;
        for (var i = 0; i < submitted.Results.Count; i++)
        {
            var result = submitted.Results[i];
            if (result.Rejection is not null)
                continue;
            _acknowledgedJobs.Add(result.Id);
            if (sent.Keyed)
                world.Oracle.OnKeyResolved(sent.Submit.Jobs[i].Spec.Key!.Text, result.Id);
        }
    }

    private JobSpec GenerateSpec(int detail, bool keyed)
    {
        var method = world.Swarm.Population.ManyMethods
            ? Population.Requested[(detail >> 21) % Population.Requested.Count]
            : new MethodRef(new MethodName((detail & 6) == 0 ? "fragile" : "noop"), 0);
        return new JobSpec
        {
            Queue = new QueueName((detail & 1) == 0 ? "a" : "b"),
            Method = method.Name,
            Version = method.Version,
            Priority = (detail >> 3) % 3,
            Params = new byte[16 * ((detail >> 24) % 4)],
            Retries = (detail >> 5) % 4,
            ScheduledAt = (detail >> 7) % 8 == 0 ? world.Wall.After(TimeSpan.FromSeconds((detail >> 10) % 5)) : default,
            Deadline = ((detail >> 13) % 16) switch
            {
                0 => world.Wall.After(TimeSpan.FromSeconds(3)),
                1 => world.Wall.After(TimeSpan.FromDays(2)),
                _ => Instant.Never,
            },
            TimeLimit = (detail >> 17) % 8 == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.Zero,
            Owner = "sim",
            Key = keyed ? new IdempotencyKey($"k{++_keys}", (UInt128)_keys) : null,
        };
    }

    private void Send(Command.Submit submit, bool keyed)
    {
        _submits.Add(_calls + 1, (submit, keyed));
        Call(submit);
    }

    private void Call(Command command) => world.Network.Send(new Message.Request(this, ++_calls, command));
}

/// <summary>
/// Reports the exits of worker processes, drains workers, and reports the free disk space. Ignores all responses.
/// </summary>
internal sealed class SimSupervisor : IEndpoint
{
    public string Name => "supervisor";

    public void Send(World world, Command command) => world.Network.Send(new Message.Request(this, 0, command));

    public void Receive(long call, Response? response) { }
}
