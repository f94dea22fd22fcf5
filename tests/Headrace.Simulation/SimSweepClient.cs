using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Headrace.Core.Results;
using Headrace.Core.Sweeps;

namespace Headrace.Simulation;

/// <summary>
/// Starts, advances and stops sweeps, as the server does for its callers. Several steps of one sweep can be in progress
/// at the same time, as can happen after a restart.
/// </summary>
internal sealed class SimSweepClient(World world) : IEndpoint
{
    /// <summary>
    /// The priorities that sweeps set are distinct and higher than those of submissions, so that the oracle can tell
    /// which sweep changed a job.
    /// </summary>
    private const int FirstPriority = 1_000;

    /// <summary>The kind of the records about sweeps. The content of such a record is the key of the sweep.</summary>
    public const string AuditKind = "audit";

    private readonly List<Command.StartSweep> _sent = [];
    private readonly Dictionary<long, string> _keys = [];
    private int _started;
    private long _calls;

    public string Name => "sweeper";

    /// <summary>
    /// Starts a sweep with a new key, or sends an earlier request again, as a client does after a lost reply.
    /// </summary>
    public void Start(int choice, int detail)
    {
        if (_sent.Count == 0 || (choice >> 8) % 4 > 0)
        {
            var key = $"sweep-{_sent.Count + 1}";
            _sent.Add(
                Draw(choice, detail) with
                {
                    Key = new IdempotencyKey(key, (UInt128)_sent.Count),
                    AuditEntry = new RegistryWrite.AppendRecord(AuditKind, Encoding.UTF8.GetBytes(key)),
                }
            );
        }
        var sent = (choice >> 8) % 4 > 0 ? _sent[^1] : _sent[detail % _sent.Count];
        _keys.Add(_calls + 1, sent.Key!.Text);
        Call(sent);
    }

    private Command.StartSweep Draw(int choice, int detail)
    {
        if (world.Swarm.Population.SweepsCompete)
            return new(choice % 3 == 0 ? SweepAction.Delete : SweepAction.Retry, JobFilter.Everything, "sim")
            {
                Priority = FirstPriority + ++_started,
            };
        var action = (SweepAction)(1 + (choice % 5));
        return new(
            action,
            new JobFilter
            {
                Queue = (detail & 1) == 0 ? null : new QueueName((detail & 2) == 0 ? "a" : "b"),
                State = (detail & 12) != 0 || action is SweepAction.Retry or SweepAction.Delete ? null : JobState.Ready,
            },
            "sim"
        )
        {
            Priority = FirstPriority + ++_started,
            Queue = new QueueName((detail & 16) == 0 ? "a" : "b"),
        };
    }

    /// <summary>
    /// Advances one sweep or all sweeps. If all of them advance, several sweeps may read the same jobs at the same
    /// time, and one of them changes the jobs first.
    /// </summary>
    public void Step(int choice)
    {
        if (choice % 2 == 0)
            StepAll();
        else
            Call(new Command.StepSweep(1 + (choice % Math.Max(1, _started))));
    }

    public void Stop(int choice) => Call(new Command.StopSweep(1 + (choice % Math.Max(1, _started))));

    /// <summary>Advances every running sweep once.</summary>
    public void StepAll()
    {
        foreach (var sweep in world.Store.Sweeps.Where(sweep => sweep.State == SweepState.Running))
            Call(new Command.StepSweep(sweep.Id));
    }

    public void Receive(long call, Response? response)
    {
        if (_keys.Remove(call, out var key) && response is Response.Sweeps { Items: [var sweep] })
            world.SweepOracle.OnKeyResolved(key, sweep.Id);
    }

    private void Call(Command command) => world.Network.Send(new Message.Request(this, ++_calls, command));
}
