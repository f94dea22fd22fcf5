using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Tests.Storage;

/// <summary>
/// A worker that acts at random. It follows the protocol, except that it may forget a lease, repeat a message or crash.
/// </summary>
internal sealed class FakeWorker(string name, Random random)
{
    private static readonly OutcomeKind[] Kinds = Enum.GetValues<OutcomeKind>();

    private readonly Dictionary<LeaseToken, bool> _held = [];
    private ulong _incarnation;
    private long _number;
    private bool _joined;

    public LeaseHolder Self => new(new WorkerName(name), new Incarnation(_incarnation));

    /// <summary>The exchange that has not been answered yet; null if every exchange has been answered.</summary>
    public RequestId? Open { get; set; }

    public Command.Exchange Exchange()
    {
        // An exchange that has received no reply is sent again with the same number (R6).
        if (Open is null)
            _number++;
        var predecessor =
            _number == 1 && !_joined && _incarnation > 0
                ? new Predecessor(new Incarnation(_incarnation - 1), (ExitKind)random.Next(1, 4))
                : null;
        return new Command.Exchange(
            Message(Outcomes(), offers: true),
            _number,
            TimeSpan.FromSeconds(random.Next(0, 9)),
            predecessor,
            Held(),
            Draining: random.Next(40) == 0
        );
    }

    public Command.Report Report() => new(Message(Outcomes(), offers: false), Held());

    /// <summary>Submits children of a job that the worker holds; null if it holds none.</summary>
    public Command.SubmitChildren? SubmitChildren(Command.Submit jobs) =>
        _held.Count == 0
            ? null
            : new Command.SubmitChildren(
                Self,
                _held.Keys.ElementAt(random.Next(_held.Count)),
                random.Next(1, 5),
                jobs.Jobs.Count,
                random.Next(8) == 0 ? [] : [.. jobs.Jobs.Select(job => job with { RegistryWrites = [] })]
            );

    /// <summary>Ends the worker process and starts another one under the same name.</summary>
    public Command.WorkerDied Crash()
    {
        var workerDied = new Command.WorkerDied(Self, (ExitKind)random.Next(1, 4));
        Restart();
        return workerDied;
    }

    public void Receive(RequestId requestId, Response answer)
    {
        if (answer is not Response.Exchanged reply)
            return;
        foreach (var (lease, _) in reply.Acks)
            _held.Remove(lease);
        if (requestId != Open)
            return;
        Open = null;
        _joined = true;
        foreach (var row in reply.Leases)
            _held.TryAdd(new LeaseToken(row.Id, row.Status.Attempt), false);
        foreach (var lease in reply.Revoked)
            _held.Remove(lease);
        if (reply.TerminateReason is not null)
            Restart();
    }

    private void Restart()
    {
        _incarnation++;
        _number = 0;
        _joined = false;
        _held.Clear();
        Open = null;
    }

    private List<HeldLease> Held() =>
        [
            .. _held
                .Where(_ => random.Next(30) != 0)
                .Select(held => new HeldLease(
                    held.Key,
                    random.Next(2) == 0,
                    held.Value,
                    random.Next(3) == 0 ? new Progress(random.NextDouble(), "some") : null
                )),
        ];

    private List<Outcome> Outcomes()
    {
        var outcomes = new List<Outcome>();
        foreach (var lease in _held.Keys.ToList())
        {
            if (random.Next(3) != 0)
                continue;
            _held[lease] = true;
            outcomes.Add(Outcome(lease));
        }
        return outcomes;
    }

    private Outcome Outcome(LeaseToken lease)
    {
        var kind = random.Next(2) == 0 ? OutcomeKind.Succeeded : Kinds[random.Next(Kinds.Length)];
        return new Outcome(lease, kind)
        {
            Result = kind == OutcomeKind.Succeeded ? RandomWork.Bytes(random, 400) : default,
            ContentType = RandomWork.Text(random),
            Error =
                kind == OutcomeKind.Succeeded
                    ? null
                    : new JobError(
                        RandomWork.Text(random) ?? "E",
                        "the error message",
                        RandomWork.Text(random),
                        random.Next(3) != 0
                    ),
            Metrics =
                random.Next(2) == 0
                    ? null
                    : new AttemptMetrics(
                        new Instant(random.Next()),
                        new Instant(random.Next()),
                        new Instant(random.Next()),
                        random.NextDouble(),
                        random.Next()
                    ),
        };
    }

    private WorkerMessage Message(List<Outcome> outcomes, bool offers) =>
        new(Self)
        {
            Pool = RandomWork.Text(random) ?? "",
            Slots = 3,
            Prefetch = 2,
            Offers = offers
                ? [.. RandomWork.Methods.Select(method => new Offer(method.Name, method.Version, "{}"))]
                : [],
            Outcomes = outcomes,
            Logs =
            [
                .. _held
                    .Keys.Where(_ => random.Next(4) == 0)
                    .Select(lease => new LogLines(lease, RandomWork.Bytes(random, 100))),
            ],
        };
}
