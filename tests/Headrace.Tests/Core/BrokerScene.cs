using System.Globalization;
using Headrace.Core;
using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>
/// Drives a broker with manual clocks. Each command is applied as a separate batch. Every response and row change is
/// available to the test, and the invariants are checked after every step.
/// </summary>
internal sealed class BrokerScene
{
    private readonly Dictionary<RequestId, Response> _answers = [];
    private long _lastRequest;

    public BrokerScene(BrokerOptions? options = null)
    {
        Broker = new Broker(options ?? new BrokerOptions());
        Broker.Restore(new StoreRow(new StoreId("store-a"), 1), default);
    }

    public Broker Broker { get; private set; }

    public Instant Now { get; private set; } = new(1_800_000_000_000_000);

    public Elapsed Elapsed { get; private set; }

    /// <summary>
    /// The part of <see cref="Now"/> that comes from forward steps of the wall clock that are not confirmed yet.
    /// </summary>
    public TimeSpan UnconfirmedStep { get; private set; }

    public List<RowChange> Changes { get; } = [];

    public List<Effect> Effects { get; } = [];

    public void Advance(TimeSpan span)
    {
        Now += span;
        Elapsed += span;
    }

    /// <summary>Sets the wall clock forward without letting any time pass.</summary>
    public void StepClock(TimeSpan step)
    {
        Now += step;
        UnconfirmedStep += step;
    }

    public void AdvanceAndTick(TimeSpan span)
    {
        Advance(span);
        Do(new Command.Tick());
    }

    /// <summary>Applies a command as a separate batch. A later command may produce the response.</summary>
    public RequestId Do(Command command) => Do([command])[0];

    public List<RequestId> Do(IEnumerable<Command> commands)
    {
        var batch = new Batch();
        var requestIds = new List<RequestId>();
        Broker.ExpireWaits(Context(batch));
        foreach (var command in commands)
        {
            var requestId = new RequestId(++_lastRequest);
            requestIds.Add(requestId);
            Broker.Apply(requestId, command, Context(batch));
        }
        Broker.FinishBatch(Context(batch));
        Invariants.Check(Broker);
        foreach (var (requestId, answer) in batch.Responses)
            _answers.Add(requestId, answer);
        Changes.Clear();
        Changes.AddRange(batch.Changes);
        Effects.AddRange(batch.Effects);
        return requestIds;
    }

    private ApplyContext Context(Batch batch) => new(Now, Elapsed, batch) { Confirmed = Now + -UnconfirmedStep };

    public Response? AnswerTo(RequestId requestId) => _answers.GetValueOrDefault(requestId);

    public T Ask<T>(Command command)
        where T : Response => Assert.IsType<T>(AnswerTo(Do(command)));

    public JobId Submit(string method = "noop", Func<JobSpec, JobSpec>? with = null)
    {
        var result = TrySubmit(method, with);
        Assert.Null(result.Rejection);
        return result.Id;
    }

    public SubmitResult TrySubmit(string method = "noop", Func<JobSpec, JobSpec>? with = null)
    {
        Assert.True(MethodRef.TryParse(method, out var name));
        var spec = new JobSpec
        {
            Queue = QueueName.Default,
            Method = name.Name,
            Version = name.Version,
            Owner = "admin",
        };
        return Ask<Response.Submitted>(new Command.Submit([new NewJob(with?.Invoke(spec) ?? spec, default)])).Results[
            0
        ];
    }

    public Job Job(JobId id)
    {
        Assert.True(Broker.State.Jobs.TryGet(id, out var job));
        return job;
    }

    public bool IsLive(JobId id) => Broker.State.Jobs.TryGet(id, out _);

    public DoneRow Done(JobId id) => Changes.OfType<RowChange.JobEnded>().Single(c => c.Row.Job.Id == id).Row;

    /// <summary>
    /// Returns a worker that has joined. Its first exchange is open or has been answered. A method such as
    /// <c>"train@1:4"</c> takes four slots.
    /// </summary>
    public SceneWorker Join(string name, int slots = 1, int prefetch = 0, params string[] methods)
    {
        var worker = new SceneWorker(this, name, slots, prefetch, methods.Length == 0 ? ["noop@1"] : methods);
        worker.Exchange();
        return worker;
    }

    /// <summary>Creates a new broker from the rows that would be loaded after a crash.</summary>
    public void Restart(BrokerOptions? options = null)
    {
        var old = Broker.State;
        Broker = new Broker(options ?? old.Options);
        Elapsed = default;
        Broker.Restore(new StoreRow(old.Store, 1), default);
        Broker.Restore(
            new ShardRow(old.BatchNumber, old.NextJob, old.NextCompletion, Now)
            {
                NextRegistryVersion = old.Registry.NextVersion,
            },
            default
        );
        foreach (var counter in old.Counters.All())
            Broker.Restore(counter, default);
        foreach (var method in old.Methods.All)
            foreach (var version in method.Versions)
                Broker.Restore(version.Row, default);
        foreach (var worker in old.Workers.All)
            Broker.Restore(
                new WorkerRow(worker.Identity.Worker, worker.Identity.Incarnation, worker.Pool, worker.Joined),
                default
            );
        foreach (var document in old.Registry.All)
            Broker.Restore(document, default);
        foreach (var job in old.Jobs.All.OrderBy(job => job.Id))
            Broker.Restore(job.ToRow(), default);
        Invariants.Check(Broker);
    }
}

/// <summary>A worker that sends exactly the messages that the test specifies.</summary>
internal sealed class SceneWorker(
    BrokerScene scene,
    string name,
    int slots,
    int prefetch,
    IReadOnlyList<string> methods
)
{
    private static ulong _incarnations;

    public LeaseHolder Self { get; init; } = new(new WorkerName(name), new Incarnation(++_incarnations));

    /// <summary>The number of the last exchange sent.</summary>
    public long Number { get; set; }

    public RequestId LastRequest { get; private set; }

    public StoreId? Store { get; set; }

    public string Schema { get; set; } = "{}";

    public LossPolicy Loss { get; set; } = LossPolicy.Default;

    public string ResultSchema { get; set; } = "";

    public int SlotsOfMethods { get; set; } = 1;

    public int SharedSlots { get; set; }

    /// <summary>The reply to the last exchange; null while the exchange is parked.</summary>
    public Response.Exchanged? Reply => scene.AnswerTo(LastRequest) as Response.Exchanged;

    public Response.Exchanged Answered => Reply ?? throw new InvalidOperationException("The exchange is parked.");

    public LeaseToken Lease =>
        Answered.Leases.Single() is var row ? new LeaseToken(row.Id, row.Status.Attempt) : default;

    public Response.Exchanged? Exchange(params HeldLease[] held) => Exchange(held, []);

    public Response.Exchanged? Exchange(
        IReadOnlyList<HeldLease> held,
        IReadOnlyList<Outcome> outcomes,
        Predecessor? predecessor = null,
        bool draining = false,
        bool repeat = false
    )
    {
        if (!repeat)
            Number++;
        LastRequest = scene.Do(Message(Number, held, outcomes, predecessor, draining));
        return Reply;
    }

    public Command.Exchange Message(
        long number,
        IReadOnlyList<HeldLease> held,
        IReadOnlyList<Outcome> outcomes,
        Predecessor? predecessor = null,
        bool draining = false
    ) => new(Body(outcomes, offers: true), number, TimeSpan.FromSeconds(10), predecessor, held, draining);

    public Response.Exchanged Report(params Outcome[] outcomes) =>
        scene.Ask<Response.Exchanged>(new Command.Report(Body(outcomes, offers: false), []));

    public void ReportStarted(LeaseToken lease) =>
        scene.Do(new Command.Report(Body([], offers: false), [new HeldLease(lease, true, false, null)]));

    public Response.Exchanged Succeed(LeaseToken lease, string result = "done") =>
        Report(
            new Outcome(lease, OutcomeKind.Succeeded)
            {
                Result = System.Text.Encoding.UTF8.GetBytes(result),
                ContentType = "text/plain",
            }
        );

    public static HeldLease Holding(LeaseToken lease, bool finished = false) => new(lease, true, finished, null);

    private WorkerMessage Body(IReadOnlyList<Outcome> outcomes, bool offers) =>
        new(Self)
        {
            Store = Store,
            Pool = "local",
            Slots = slots,
            Prefetch = prefetch,
            SharedSlots = SharedSlots,
            Offers = offers ? [.. methods.Select(OfferOf)] : [],
            Outcomes = outcomes,
        };

    private Offer OfferOf(string method)
    {
        var parts = method.Split(':');
        return MethodRef.TryParse(parts[0], out var name)
            ? new Offer(name.Name, name.Version == 0 ? 1 : name.Version, Schema)
            {
                LossPolicy = Loss,
                ResultSchema = ResultSchema,
                Slots = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : SlotsOfMethods,
            }
            : throw new ArgumentException(method);
    }
}
