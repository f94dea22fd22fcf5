using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>Submits, cancels and looks; remembers the ids it was told.</summary>
internal sealed class SimClient(World world) : IParty
{
    private readonly List<JobId> _known = [];
    private long _calls;

    public string Name => "client";

    public void Submit(int choice, int detail)
    {
        var jobs = new NewJob[1 + (choice % 3)];
        for (var i = 0; i < jobs.Length; i++)
        {
            var spec = new JobSpec
            {
                Queue = new QueueName((detail & 1) == 0 ? "a" : "b"),
                Method = new MethodName((detail & 6) == 0 ? "fragile" : "noop"),
                Priority = (detail >> 3) % 3,
                Retries = (detail >> 5) % 4,
                Due = (detail >> 7) % 8 == 0 ? world.WallOf(TimeSpan.FromSeconds((detail >> 10) % 5)) : default,
                Deadline = (detail >> 13) % 16 == 0 ? world.WallOf(TimeSpan.FromSeconds(3)) : Instant.Never,
                TimeLimit = (detail >> 17) % 8 == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.Zero,
                Owner = "sim",
            };
            jobs[i] = new NewJob(spec, default);
        }
        Call(new Command.Submit(jobs));
    }

    public void Cancel(int choice)
    {
        if (_known.Count > 0) Call(new Command.Cancel(_known[^(1 + (choice % Math.Min(_known.Count, 10)))]));
    }

    public void Look(int choice)
    {
        if (_known.Count > 0) Call(new Command.Look(_known[choice % _known.Count], TimeSpan.FromSeconds(choice % 4)));
    }

    public void Read(long call, Answer? answer)
    {
        if (answer is not Answer.Submitted submitted) return;
        foreach (var result in submitted.Results)
            if (result.Refusal is null) _known.Add(result.Id);
    }

    private void Call(Command command) => world.Network.Send(new Message.Request(this, ++_calls, command));
}

/// <summary>Whoever reports deaths: it sends and reads nothing.</summary>
internal sealed class SimSupervisor : IParty
{
    public string Name => "supervisor";

    public void Read(long call, Answer? answer)
    {
    }
}
