using Headrace.Core;
using Headrace.Core.Dispatch;

namespace Headrace.Simulation;

/// <summary>
/// A simulated server with its disk, a client, three workers and an unreliable network, all on virtual clocks. It
/// executes a schedule deterministically.
/// </summary>
internal sealed class World
{
    private static readonly Offer[] Offers =
    [
        new(new MethodName("noop"), 1, "{}") { Loss = new LossLimits { MaxKills = 0 } },
        new(new MethodName("fragile"), 1, "{}"),
    ];

    private readonly SimWorker[] _workers;
    private readonly SimClient _client;
    private int _incarnations;
    private Instant _wall = new(1_800_000_000_000_000);

    public World(bool checksInvariants)
    {
        ChecksInvariants = checksInvariants;
        Oracle = new Oracle(this);
        Server = new SimServer(this);
        _client = new SimClient(this);
        _workers = [.. Enumerable.Range(1, 3).Select(i => new SimWorker(this, $"w{i}", slots: 2, prefetch: 1, Offers))];
        foreach (var worker in _workers)
            worker.Rise();
        Server.Start();
    }

    public BrokerOptions Options { get; } =
        new()
        {
            Lease = TimeSpan.FromSeconds(6),
            Forget = TimeSpan.FromMinutes(2),
            QueueJobs = 40,
            FeedRanges = 4,
        };

    public bool ChecksInvariants { get; }

    public Oracle Oracle { get; }

    public SimServer Server { get; }

    public SimSupervisor Supervisor { get; } = new();

    public SimStore Store { get; } = new("store-1");

    public Network Network { get; } = new();

    /// <summary>The machine's monotonic clock.</summary>
    public Elapsed Clock { get; private set; }

    public Instant Wall => _wall;

    /// <summary>Receives a trace of all events, one line each; null for no trace.</summary>
    public Action<string>? Tell { get; init; }

    public int NextIncarnation() => ++_incarnations;

    public Instant WallOf(TimeSpan ahead) => _wall + ahead;

    public void Run(ReadOnlySpan<Step> schedule)
    {
        foreach (var step in schedule)
            Do(step);
        Finish();
    }

    private void Do(Step step)
    {
        var worker = _workers[step.A % _workers.Length];
        switch (step.Kind)
        {
            case StepKind.Submit:
                _client.Submit(step.A, step.B);
                break;
            case StepKind.Cancel:
                _client.Cancel(step.A);
                break;
            case StepKind.Look:
                _client.Look(step.A);
                break;
            case StepKind.Pull:
                _client.Pull(step.A);
                break;
            case StepKind.WorkerActs:
                if (!worker.IsAlive && step.B % 16 == 0)
                    worker.Rise();
                else
                    worker.Act(step.B, step.B >> 8);
                break;
            case StepKind.Deliver:
                Deliver(Network.Take(step.A));
                break;
            case StepKind.CommitEnds:
                if (!Server.IsUp && step.A % 8 == 0)
                    StartServer();
                else if (Server.Committing is not null)
                    Server.CommitEnds(new CommitResult.Durable(), written: true);
                break;
            case StepKind.TimePasses:
                Pass(TimeSpan.FromMilliseconds(step.A % 8 == 0 ? step.B % 4_000 : step.B % 400));
                break;
            case StepKind.ServerDies:
                if (!Server.IsUp)
                    break;
                Tell?.Invoke(
                    "the server "
                        + $"crashes{(Server.Committing is null ? "" : step.A % 2 == 0 ? "; the pending batch had reached the disk" : "; the pending batch had not reached the disk")}"
                );
                Server.Die(committed: step.A % 2 == 0);
                break;
            case StepKind.CommitWaits:
                if (Server.Committing is not null)
                    Server.CommitEnds(new CommitResult.Later("simulated"), written: false);
                break;
            case StepKind.CommitUnknown:
                if (Server.Committing is not null)
                    Server.CommitEnds(new CommitResult.Unknown("simulated"), written: step.A % 2 == 0);
                break;
            case StepKind.ReadEnds:
                Server.ReadEnds(step.A);
                break;
            case StepKind.CommitRefused:
                if (Server.Committing is not null)
                    Server.CommitEnds(new CommitResult.Refused("simulated"), written: false);
                break;
            case StepKind.CommitBreaks:
                if (Server.Committing is not null)
                    Server.CommitEnds(new CommitResult.Broken("simulated"), written: step.A % 2 == 0);
                break;
            case StepKind.WorkerDiesSeen:
                if (worker.IsAlive)
                    worker.Fall(step.B % 4 == 0 ? DeathKind.Exit : DeathKind.Signal, seen: true);
                break;
            case StepKind.WorkerDiesUnseen:
                if (worker.IsAlive)
                    worker.Fall(DeathKind.Signal, seen: false);
                break;
            case StepKind.WorkerPauses:
                worker.IsPaused = !worker.IsPaused;
                Tell?.Invoke($"{worker.Name} {(worker.IsPaused ? "is suspended" : "resumes")}");
                break;
            case StepKind.MessageLost:
                Lose(Network.Take(step.A));
                break;
            case StepKind.MessageRepeated:
                Network.Repeat(step.A);
                break;
            case StepKind.ServerStalls:
                Clock += TimeSpan.FromSeconds(2 + (step.A % 30_000));
                Tell?.Invoke($"the machine is suspended for {2 + (step.A % 30_000)} s");
                break;
            case StepKind.WallSteps:
                _wall += TimeSpan.FromSeconds((step.A % 7_200) - 3_600);
                Tell?.Invoke($"the wall clock jumps by {(step.A % 7_200) - 3_600} s");
                break;
            case StepKind.OtherStore:
                Tell?.Invoke($"{worker.Name} connects to another store at the same address");
                worker.Stray();
                break;
        }
    }

    private void StartServer()
    {
        Tell?.Invoke("the server starts and loads");
        Server.Start();
    }

    private void Deliver(Message? message)
    {
        if (message is not null)
            Tell?.Invoke($"delivered: {Story.Of(message)}");
        switch (message)
        {
            case Message.Request request:
                if (request.Party is SimWorker sender)
                    sender.LastHeard = Clock;
                Server.Arrive(request);
                break;
            case Message.Reply reply:
                reply.Party.Read(reply.Call, reply.Answer);
                break;
        }
    }

    /// <summary>
    /// A lost message eventually appears as a failed connection: the caller learns that no response will come.
    /// </summary>
    private void Lose(Message? message)
    {
        if (message is null)
            return;
        Tell?.Invoke($"lost: {Story.Of(message)}");
        message.Party.Read(message.Call, null);
    }

    private void Pass(TimeSpan span)
    {
        Clock += span;
        _wall += span;
        Tell?.Invoke($"{span.TotalMilliseconds:0} ms pass");
        foreach (var worker in _workers)
        {
            worker.Talk = 0;
            if (Clock - worker.LastHeard >= Options.Lease)
                worker.ExcuseAll();
        }
        Server.TimePassed();
    }

    /// <summary>
    /// Runs without faults, with all workers healthy and all messages delivered, until every job has ended. If the run
    /// takes too long, something waits forever.
    /// </summary>
    private void Finish()
    {
        Tell?.Invoke("no faults from here on: all workers are healthy and all messages arrive");
        for (var round = 0; round < 400; round++)
        {
            if (!Server.IsUp)
                StartServer();
            foreach (var worker in _workers)
            {
                if (!worker.IsAlive)
                    worker.Rise();
                worker.Thrive();
            }
            for (var i = 0; i < 200 && (Network.Count > 0 || Server.Committing is not null); i++)
            {
                Server.ReadEnds(0);
                if (Server.Committing is not null)
                    Server.CommitEnds(new CommitResult.Durable(), written: true);
                Deliver(Network.Take(0));
            }
            foreach (var worker in _workers)
                if (worker.Talk > 20)
                    throw new SimulationFault(
                        $"worker {worker.Name} sent {worker.Talk} exchanges while no time passed"
                    );
            if (Store.Live == 0 && Network.Count == 0)
                break;
            Pass(TimeSpan.FromMilliseconds(500));
        }
        Oracle.Judge();
    }
}
