using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Messages;

namespace Headrace.Simulation;

/// <summary>
/// Puts messages into a queue, and pulls and settles them. Sometimes the client crashes and forgets what it holds.
/// </summary>
internal sealed class SimMessageClient(World world, string name) : IEndpoint
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    private static readonly QueueName Queue = new("messages");

    private readonly HashSet<long> _pulls = [];
    private readonly List<(QueueName Queue, LeaseToken Token)> _held = [];
    private long _calls;
    private bool _drains;

    public string Name => name;

    public void Act(int choice, int detail)
    {
        switch (choice % 16)
        {
            case < 5:
                Put(detail);
                break;
            case < 10:
                Pull(Queue, 1 + (detail % 3), TimeSpan.FromSeconds((detail >> 2) % 3));
                break;
            case < 13:
                Settle(detail, acknowledges: true);
                break;
            case < 15:
                Settle(detail, acknowledges: false);
                break;
            default:
                world.Trace?.Invoke($"{Name} crashes");
                _held.Clear();
                _pulls.Clear();
                break;
        }
    }

    /// <summary>From now on, pulls everything and acknowledges it immediately.</summary>
    public void Drain()
    {
        _drains = true;
        // A sweep may have moved messages to the queues of other jobs.
        foreach (var queue in (QueueName[])[Queue, new QueueName("a"), new QueueName("b")])
            Pull(queue, 10, TimeSpan.Zero);
    }

    public void Receive(long call, Response? response)
    {
        if (!_pulls.Remove(call) || response is not Response.MessagesPulled pulled)
            return;
        _held.AddRange(pulled.Messages.Select(row => (row.Spec.Queue, new LeaseToken(row.Id, row.Status.Attempt))));
        if (_drains)
            Settle(0, acknowledges: true);
    }

    private void Put(int detail) =>
        Call(
            new Command.Submit([
                new NewJob(
                    new JobSpec
                    {
                        Queue = Queue,
                        Method = MessageMethod.Name,
                        Priority = detail % 2,
                        Owner = "sim",
                        Deadline = detail % 8 == 0 ? world.Wall.After(TimeSpan.FromSeconds(3)) : Instant.Never,
                    },
                    default
                ),
            ])
        );

    private void Pull(QueueName queue, int maxCount, TimeSpan wait)
    {
        _pulls.Add(_calls + 1);
        Call(new Command.PullMessages(queue, maxCount, Lease) { Wait = wait });
    }

    private void Settle(int choice, bool acknowledges)
    {
        var chosen = _held.Where((_, i) => ((choice >> (i % 8)) & 1) == 0).ToList();
        // A client may settle a message again, for example after a lost reply.
        if (_drains || choice % 5 > 0)
            _held.RemoveAll(chosen.Contains);
        foreach (var messages in chosen.GroupBy(held => held.Queue, held => held.Token))
            Call(new Command.SettleMessages(messages.Key, [.. messages], acknowledges));
    }

    private void Call(Command command) => world.Network.Send(new Message.Request(this, ++_calls, command));
}
