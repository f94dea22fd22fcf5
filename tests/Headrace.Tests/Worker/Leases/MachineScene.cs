using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Offer = Headrace.Protocol.Exchange.Offer;
using Status = Headrace.Protocol.Exchange.AckStatus;

namespace Headrace.Tests.Worker.Leases;

/// <summary>
/// Drives a worker's state machine using manual clocks and a server that replies exactly as the test specifies.
/// </summary>
internal sealed class MachineScene
{
    public const string Store = "0123456789abcdef0123456789abcdef";

    private readonly WorkerMachine _machine;
    private readonly HashSet<long> _done = [];
    private ulong _jobs;

    /// <param name="slots">The number of slots of the worker.</param>
    /// <param name="orphanGrace">How long the worker tries to reconnect; 20 s by default.</param>
    /// <param name="more">Further methods that the worker offers.</param>
    public MachineScene(
        int slots = 1,
        TimeSpan? orphanGrace = null,
        IReadOnlyList<(Offer Offer, Shape Shape)>? more = null
    )
    {
        var self = new WorkerIdentity(new WorkerName("w1"), new Incarnation(7), "local");
        var rules = new WorkerRules { Slots = slots, OrphanGrace = orphanGrace ?? TimeSpan.FromSeconds(20) };
        List<Offer> offers =
        [
            new()
            {
                Method = "noop",
                Version = 1,
                Schema = "{}",
            },
            new()
            {
                Method = "gpu",
                Version = 1,
                Schema = "{}",
                Exclusive = true,
            },
            new()
            {
                Method = "charge",
                Version = 1,
                Schema = "{}",
                OnLost = OfferOnLost.Fail,
            },
            new()
            {
                Method = "command",
                Version = 1,
                Schema = "{}",
            },
            new()
            {
                Method = "licence",
                Version = 1,
                Schema = "{}",
                Exclusive = true,
            },
            new()
            {
                Method = "stream",
                Version = 1,
                Schema = "{}",
            },
            new()
            {
                Method = "batch",
                Version = 1,
                Schema = "{}",
            },
        ];
        var shapes = new Dictionary<MethodRef, Shape>
        {
            [new MethodRef(new MethodName("command"), 1)] = Shape.Single with { CanKill = true },
            [new MethodRef(new MethodName("licence"), 1)] = Shape.Single with { CanKill = true },
            [new MethodRef(new MethodName("stream"), 1)] = new(ShapeKind.Stream, 4, TimeSpan.Zero),
            [new MethodRef(new MethodName("batch"), 1)] = new(ShapeKind.Batch, 4, TimeSpan.FromMilliseconds(10)),
        };
        foreach (var (offer, shape) in more ?? [])
        {
            offers.Add(offer);
            shapes.Add(new MethodRef(new MethodName(offer.Method), (int)offer.Version), shape);
        }
        _machine = new WorkerMachine(self, offers, rules, shapes);
        Wake();
    }

    public Elapsed Now { get; private set; }

    /// <summary>All steps so far.</summary>
    public List<WorkerStep> Steps { get; } = [];

    public IEnumerable<WorkerStep.Send> Sent => Steps.OfType<WorkerStep.Send>();

    /// <summary>The messages in flight, oldest first.</summary>
    public List<WorkerStep.Send> InFlight => [.. Sent.Where(s => !_done.Contains(s.Message))];

    public List<WorkerStep.Send> Reports => [.. InFlight.Where(s => s.Request.ExchangeNumber == 0)];

    /// <summary>The exchange in flight.</summary>
    public WorkerStep.Send Exchange => Assert.Single(InFlight, s => s.Request.ExchangeNumber > 0);

    public WorkerStep.Send Report => Assert.Single(Reports);

    public WorkerStep.Exit? Exited => Steps.OfType<WorkerStep.Exit>().SingleOrDefault();

    public List<ulong> Run => [.. Steps.OfType<WorkerStep.Run>().Select(s => (ulong)s.Job.Lease.Job.Value)];

    public List<string> Batches =>
        [.. Steps.OfType<WorkerStep.RunBatch>().Select(s => string.Join(' ', s.Jobs.Select(job => job.Lease.Job)))];

    public List<ulong> Recalled => [.. Steps.OfType<WorkerStep.Recall>().Select(s => (ulong)s.Lease.Job.Value)];

    public List<ulong> Cancelled => [.. Steps.OfType<WorkerStep.Cancel>().Select(s => (ulong)s.Lease.Job.Value)];

    public List<ulong> Killed => [.. Steps.OfType<WorkerStep.Kill>().Select(s => (ulong)s.Lease.Job.Value)];

    /// <summary>The wake time that the state machine requested most recently.</summary>
    public Elapsed? WakeAt => Steps.OfType<WorkerStep.WakeAt>().LastOrDefault()?.Elapsed;

    public void Handle(WorkerEvent workerEvent)
    {
        var steps = _machine.On(workerEvent, new Instant(1_800_000_000_000_000 + Now.Micros), Now);
        foreach (var step in steps)
            if (step is WorkerStep.Abort given)
                _done.Add(given.Message);
        Steps.AddRange(steps);
    }

    public void Wake() => Handle(new WorkerEvent.Woke());

    /// <summary>Advances the clocks, and wakes the state machine whenever it asked to be woken.</summary>
    public void Advance(TimeSpan span)
    {
        var until = Now + span;
        while (WakeAt is { } at && at > Now && at <= until)
        {
            Now = at;
            Wake();
        }
        Now = until;
        Wake();
    }

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    public void Reply(WorkerStep.Send to, Action<ExchangeReply>? with = null)
    {
        _done.Add(to.Message);
        var reply = new ExchangeReply
        {
            Store = Store,
            ExchangeNumber = to.Request.ExchangeNumber,
            Lease = WireTime.Of(TimeSpan.FromSeconds(30)),
        };
        foreach (var outcome in to.Request.Outcomes)
            reply.Acks.Add(new Ack(outcome.Lease, Status.Recorded));
        with?.Invoke(reply);
        Handle(new WorkerEvent.Replied(to.Message, reply));
        Wake();
    }

    /// <summary>Answers every report in flight.</summary>
    public void ReplyToReports()
    {
        while (Reports is [var report, ..])
            Reply(report);
    }

    /// <summary>Replies to the exchange in flight with the given number of new jobs and returns their ids.</summary>
    public List<ulong> Grant(int jobs = 1, Action<LeasedJob>? with = null)
    {
        var granted = new List<ulong>();
        Reply(
            Exchange,
            reply =>
            {
                for (var i = 0; i < jobs; i++)
                {
                    var job = new LeasedJob
                    {
                        Lease = Token(++_jobs),
                        Queue = "default",
                        Method = "noop",
                        Version = 1,
                    };
                    with?.Invoke(job);
                    reply.Leases.Add(job);
                    granted.Add(_jobs);
                }
            }
        );
        return granted;
    }

    public void NotReply(WorkerStep.Send message, bool serverThere = false, bool final = false)
    {
        _done.Add(message.Message);
        Handle(new WorkerEvent.NotReplied(message.Message, new NoReply("No answer.", serverThere, final)));
        Wake();
    }

    public void End(ulong job, Kind kind = Kind.Succeeded, string result = "done")
    {
        Handle(
            new WorkerEvent.Ended(
                Token(job),
                new MethodEnd(kind)
                {
                    Result = Encoding.UTF8.GetBytes(result),
                    Metrics = new OutcomeMetrics { Started = default(WireTime), Ended = default(WireTime) },
                }
            )
        );
        Wake();
    }

    /// <summary>Starts jobs that were assigned to the stream.</summary>
    public void Begin(params ulong[] jobs)
    {
        foreach (var job in jobs)
            Handle(new WorkerEvent.Started(Token(job)));
        Wake();
    }

    public static LeaseToken Token(ulong job) => new(new JobId((long)job), 1);

    /// <summary>Formats the leases in a message, for example <c>1 waiting, 2 running, 3 finished</c>.</summary>
    public static string Held(WorkerStep.Send message) =>
        string.Join(
            ", ",
            message.Request.LeasesHeld.Select(h =>
                $"{h.Lease.Job} {(h.Finished ? "finished" : h.Started ? "running" : "waiting")}"
            )
        );

    public static string Outcomes(WorkerStep.Send message) =>
        string.Join(", ", message.Request.Outcomes.Select(o => $"{o.Lease.Job} {o.Kind}"));
}
