using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Sweeps;

namespace Headrace.Simulation;

/// <summary>
/// A simulated server with its disk, a client, three workers and an unreliable network, all on virtual clocks. It
/// executes a schedule deterministically.
/// </summary>
internal sealed class World
{
    private readonly SimWorker[] _workers;
    private readonly SimClient _client;
    private readonly SimRegistryClient _registryClient;
    private readonly SimOperator _operator;
    private readonly SimSweepClient _sweepClient;
    private readonly SimConsumer[] _consumers;
    private readonly SimMessageClient[] _messageClients;
    private int _incarnations;

    /// <summary>
    /// The amount by which time advances in one step while a worker is cut off for longer than its lease.
    /// </summary>
    private static readonly TimeSpan OutageStep = TimeSpan.FromMilliseconds(500);

    /// <summary>Number of consumer actions for each pull by a client.</summary>
    private const int ConsumerActs = 3;

    public World(Swarm swarm, bool checksInvariants)
    {
        Swarm = swarm;
        Options = new BrokerOptions
        {
            Lease = swarm.Population.Lease,
            TimeLimitGrace = TimeSpan.FromMilliseconds(500),
            EvictAfter = TimeSpan.FromMinutes(2),
            MaxJobs = swarm.MaxJobs,
            MaxResidentBytes = swarm.MaxResidentBytes,
            MaxQueueJobs = 40,
            MaxFeedRanges = 4,
            CommandsPerBatch = swarm.CommandsPerBatch,
            MinRetention = RetentionOracle.Minimum,
            RestoredMessageLease = SimMessageClient.Lease,
        };
        ChecksInvariants = checksInvariants;
        Oracle = new Oracle(this);
        Crashes = new CrashOracle(Store);
        RegistryOracle = new RegistryOracle(this);
        Retention = new RetentionOracle(this);
        Dispatch = new DispatchOracle(this);
        Exclusive = new ExclusiveOracle(this);
        Availability = new AvailabilityOracle();
        Bounds = new BoundsOracle(this);
        SweepOracle = new SweepOracle(this);
        Feeds = new FeedOracle(this);
        Messages = new MessageOracle(this);
        Children = new ChildOracle(this);
        Server = new SimServer(this);
        _client = new SimClient(this);
        _registryClient = new SimRegistryClient(this);
        _operator = new SimOperator(this);
        _sweepClient = new SimSweepClient(this);
        _consumers = [.. Enumerable.Range(1, 3).Select(i => new SimConsumer(this, $"consumer {i}"))];
        _messageClients = [.. Enumerable.Range(1, 2).Select(i => new SimMessageClient(this, $"message client {i}"))];
        _workers = [.. swarm.Population.Workers.Index().Select(w => new SimWorker(this, $"w{w.Index + 1}", w.Item))];
        foreach (var worker in _workers)
            worker.Start();
        Server.Start();
    }

    public Swarm Swarm { get; }

    public BrokerOptions Options { get; }

    public bool ChecksInvariants { get; }

    public Oracle Oracle { get; }

    public CrashOracle Crashes { get; }
    public RegistryOracle RegistryOracle { get; }

    public RetentionOracle Retention { get; }

    public SweepOracle SweepOracle { get; }

    public DispatchOracle Dispatch { get; }

    public ExclusiveOracle Exclusive { get; }

    public AvailabilityOracle Availability { get; }

    public BoundsOracle Bounds { get; }

    public FeedOracle Feeds { get; }

    public MessageOracle Messages { get; }

    public ChildOracle Children { get; }

    public IReadOnlyList<SimWorker> Workers => _workers;

    public SimServer Server { get; }

    public SimSupervisor Supervisor { get; } = new();

    public SimStore Store { get; } = new("store-1");

    public Network Network { get; } = new();

    /// <summary>The machine's monotonic clock.</summary>
    public Elapsed Clock { get; private set; }

    public SimWallClock Wall { get; } = new();

    /// <summary>Receives a trace of all events, with one line for each event; null disables the trace.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>Tells the client about children, so that it can cancel, delete and retry them.</summary>
    public void OnChildrenAccepted(IReadOnlyList<JobId> children) => _client.AddJobs(children);

    public int NextIncarnation() => ++_incarnations;

    public void Run(ReadOnlySpan<Step> schedule)
    {
        foreach (var step in schedule)
            Execute(step);
        RunToCompletion();
    }

    private void Execute(Step step)
    {
        var worker = _workers[step.A % _workers.Length];
        switch (step.Kind)
        {
            case StepKind.Submit:
                for (var i = 0; i < Swarm.Burst; i++)
                    _client.Submit(step.A + i, step.B + i);
                break;
            case StepKind.Cancel:
                _client.Cancel(step.A);
                break;
            case StepKind.GetJob:
                if (step.B % 4 == 0)
                    _client.AwaitPlace(step.A);
                else
                    _client.GetJob(step.A);
                break;
            case StepKind.Pull:
                _client.Pull(step.A);
                for (var i = 0; i < ConsumerActs; i++)
                    _consumers[(step.A + i) % _consumers.Length].Act(step.B >> i, step.A >> i);
                _messageClients[step.B % _messageClients.Length].Act(step.A >> 4, step.B >> 4);
                _messageClients[step.A % _messageClients.Length].Act(step.B >> 5, step.A >> 5);
                break;
            case StepKind.WorkerActs:
                if (!worker.IsAlive && step.B % 16 == 0)
                    worker.Start();
                else
                    worker.Act(step.B, step.B >> 8);
                break;
            case StepKind.Deliver:
                Deliver(Network.Take(step.A));
                break;
            case StepKind.CommitCompletes:
                if (!Server.IsUp && step.A % 8 == 0)
                    StartServer();
                else if (Server.Committing is not null && Swarm.RejectsCommits && step.A % 16 == 1)
                    Server.CompleteCommit(new CommitResult.Refused("simulated"), written: false);
                else if (Server.Committing is not null)
                    CompleteCommit();
                break;
            case StepKind.TimePasses:
                Advance(TimeSpan.FromMilliseconds(step.A % 8 == 0 ? step.B % 4_000 : step.B % 400));
                break;
            case StepKind.ServerDies:
                if (!Server.IsUp)
                    break;
                Trace?.Invoke(
                    "the server "
                        + "crashes"
                        + (
                            Server.Committing is null ? ""
                            : step.A % 2 == 0 ? "; the pending batch had reached the disk"
                            : "; the pending batch had not reached the disk"
                        )
                );
                Server.Crash(committed: step.A % 2 == 0);
                break;
            case StepKind.CommitUnavailable:
                if (Server.Committing is not null)
                    Server.CompleteCommit(new CommitResult.Later("simulated"), written: false);
                break;
            case StepKind.CommitUnknown:
                if (Server.Committing is not null)
                    Server.CompleteCommit(new CommitResult.Unknown("simulated"), written: step.A % 2 == 0);
                break;
            case StepKind.ReadCompletes:
                Server.CompleteRead(step.A);
                break;
            case StepKind.ReadFails:
                Server.CompleteRead(step.A, fails: true);
                break;
            case StepKind.CallerDisconnects:
                if (Server.Disconnect(step.A))
                    Trace?.Invoke("the connection of a waiting caller fails");
                break;
            case StepKind.CommitRejected:
                if (Server.Committing is not null)
                    Server.CompleteCommit(new CommitResult.Refused("simulated"), written: false);
                break;
            case StepKind.CommitFails:
                if (Server.Committing is not null)
                    Server.CompleteCommit(new CommitResult.Broken("simulated"), written: step.A % 2 == 0);
                break;
            case StepKind.WorkerDiesSeen:
                if (worker.IsAlive)
                    worker.Stop(step.B % 4 == 0 ? ExitKind.Exit : ExitKind.Signal, seen: true);
                break;
            case StepKind.WorkerDiesUnseen:
                if (worker.IsAlive)
                    worker.Stop(ExitKind.Signal, seen: false);
                break;
            case StepKind.WorkerPauses:
                Trace?.Invoke($"{worker.Name} {(worker.IsPaused ? "resumes" : "is suspended")}");
                if (worker.IsPaused)
                    worker.Resume();
                else
                    worker.IsPaused = true;
                break;
            case StepKind.NetworkSplits:
                worker.IsCutOff = !worker.IsCutOff;
                Trace?.Invoke($"{worker.Name} {(worker.IsCutOff ? "is cut off from" : "can reach")} the server");
                break;
            case StepKind.MessageLost:
                Drop(Network.Take(step.A));
                break;
            case StepKind.MessageDuplicated:
                Network.Duplicate(step.A);
                break;
            case StepKind.ServerStalls:
                Clock += TimeSpan.FromSeconds(2 + (step.A % 30_000));
                Trace?.Invoke($"the machine is suspended for {2 + (step.A % 30_000)} s");
                foreach (var other in _workers)
                    other.OnTimePassed();
                break;
            case StepKind.WallClockJumps:
                var jump = Swarm.ClockStepsByDays
                    ? TimeSpan.FromDays(2 + (step.A % 1_000))
                    : TimeSpan.FromSeconds((step.A % 7_200) - 3_600);
                // A store without any commits contains no earlier time with which to compare.
                Wall.Jump(jump, Clock, isNoticed: !Store.IsNew);
                Trace?.Invoke($"the wall clock jumps by {jump.TotalSeconds:0} s");
                break;
            case StepKind.DrainWorker:
                Supervisor.Send(this, new Command.Drain(worker.Identity, TimeSpan.FromSeconds(step.B % 2)));
                break;
            case StepKind.WorkerDrains:
                if (worker is { IsAlive: true, IsPaused: false })
                    worker.Drain();
                break;
            case StepKind.WorkerResizes:
                if (worker is { IsAlive: true, IsPaused: false })
                    worker.Resize(step.B);
                break;
            case StepKind.ProcessCrashes:
                if (worker is { IsAlive: true, IsPaused: false })
                    worker.CrashProcess(step.B);
                break;
            case StepKind.DiskSpaceChanges:
                Supervisor.Send(this, new Command.DiskSpaceChanged(step.A % 2 == 0, "simulated"));
                break;
            case StepKind.RetryJob:
                _client.Retry(step.A);
                break;
            case StepKind.StartSweep:
                _sweepClient.Start(step.A, step.B);
                break;
            case StepKind.StepSweep:
                _sweepClient.Step(step.A);
                break;
            case StepKind.StopSweep:
                _sweepClient.Stop(step.A);
                break;
            case StepKind.WriteRegistry:
                _registryClient.Write(step.A, step.B);
                break;
            case StepKind.SetQueue:
                _operator.SetQueue(step.A, step.B);
                break;
            case StepKind.DeleteExpired:
                _operator.Send(new Command.DeleteExpired());
                break;
            case StepKind.DeleteJob:
                _client.DeleteJob(step.A, _operator);
                break;
            case StepKind.Purge:
                _operator.Send(new Command.Purge(SimOperator.QueueOf(step.A), 1 + (step.B % 4)));
                break;
            case StepKind.LeaseOutage:
                CutOffForLease(worker);
                break;
            case StepKind.MethodAvailabilityChanges:
                if (worker is { IsAlive: true, IsPaused: false })
                    worker.ChangeAvailability(step.B);
                break;
            case StepKind.SubmitChildren:
                if (worker is { IsAlive: true, IsPaused: false })
                    worker.SubmitChildren(step.B);
                break;
            case StepKind.OtherStore:
                Trace?.Invoke($"{worker.Name} connects to another store at the same address");
                worker.SwitchStore();
                break;
        }
    }

    /// <summary>
    /// Completes the pending commit. If the commit has not yet taken its minimum duration, time is advanced first.
    /// </summary>
    private void CompleteCommit()
    {
        var missing = Swarm.CommitTime - (Clock - Server.CommittingSince);
        if (missing > TimeSpan.Zero)
            Advance(missing);
        Server.CompleteCommit(new CommitResult.Durable(), written: true);
    }

    private void StartServer()
    {
        Trace?.Invoke("the server starts and loads");
        Server.Start();
    }

    private void Deliver(Message? message)
    {
        if (message?.Endpoint is SimWorker { IsCutOff: true })
        {
            Drop(message);
            return;
        }
        if (message is not null)
            Trace?.Invoke($"delivered: {TraceText.Describe(message)}");
        switch (message)
        {
            case Message.Request request:
                if (Server.Receive(request) && request.Endpoint is SimWorker sender)
                    sender.OnReceived(request.Command);
                break;
            case Message.Reply reply:
                reply.Endpoint.Receive(reply.CallId, reply.Response);
                break;
        }
    }

    /// <summary>
    /// Drops a message. The caller eventually finds that its connection has failed, so it knows that no response will
    /// arrive.
    /// </summary>
    private void Drop(Message? message)
    {
        if (message is null)
            return;
        Trace?.Invoke($"lost: {TraceText.Describe(message)}");
        message.Endpoint.Receive(message.CallId, null);
    }

    private void Advance(TimeSpan span)
    {
        Clock += span;
        Wall.Advance(span);
        Trace?.Invoke($"{span.TotalMilliseconds:0} ms pass");
        foreach (var worker in _workers)
        {
            worker.Exchanges = 0;
            worker.OnTimePassed();
            if (Clock - worker.LastReceived >= Options.Lease)
                worker.OnSilent();
        }
        Server.FireTimers();
    }

    /// <summary>
    /// Cuts one worker off for longer than its lease while the others are healthy, so that they claim and start the
    /// jobs that it loses. That worker can reach the server again before these jobs end.
    /// </summary>
    private void CutOffForLease(SimWorker worker)
    {
        if (!Server.IsUp)
            StartServer();
        worker.IsCutOff = true;
        Trace?.Invoke($"{worker.Name} is cut off from the server for longer than its lease");
        var lost = Clock + Options.Lease;
        var reconnects = lost + Options.Lease;
        while (Clock < reconnects)
        {
            foreach (var other in _workers.Where(other => other != worker && other.IsAlive))
            {
                other.IsCutOff = false;
                other.Proceed(endsJobs: Clock < lost);
            }
            DeliverAll();
            if (!Server.IsUp)
                break;
            Advance(OutageStep);
        }
        worker.IsCutOff = false;
    }

    private void DeliverAll()
    {
        for (var i = 0; i < 200 && (Network.Count > 0 || Server.Committing is not null || Server.ReadCount > 0); i++)
        {
            Server.CompleteRead(0);
            if (Server.Committing is not null)
                Server.CompleteCommit(new CommitResult.Durable(), written: true);
            Deliver(Network.Take(0));
        }
    }

    /// <summary>
    /// Runs without faults, with a fast disk, all workers healthy and all messages delivered, until every job has
    /// ended. If the run takes too long, some job would never end.
    /// </summary>
    private void RunToCompletion()
    {
        Trace?.Invoke("no faults from here on: all workers are healthy and all messages arrive");
        // The wall clock is corrected first. Otherwise, a job that was scheduled before the clock was set back could
        // wait for hours.
        Wall.Correct(Clock);
        for (var round = 0; round < 400; round++)
        {
            if (!Server.IsUp)
                StartServer();
            if (Server.Broker.State.StorageLowReason is not null)
                Supervisor.Send(this, new Command.DiskSpaceChanged(false, ""));
            _operator.OpenQueues();
            foreach (var worker in _workers)
            {
                if (!worker.IsAlive)
                    worker.Start();
                worker.IsCutOff = false;
                worker.RunHealthy();
            }
            _sweepClient.StepAll();
            _consumers[0].Drain();
            if (Store.HasMessages)
                _messageClients[0].Drain();
            DeliverAll();
            foreach (var worker in _workers)
                if (worker.Exchanges > 20)
                    throw new SimulationFaultException(
                        $"worker {worker.Name} sent {worker.Exchanges} exchanges while no time passed"
                    );
            if (
                Store.Live == 0
                && Network.Count == 0
                && Server.Unanswered == 0
                && !Feeds.HasAnyLag
                && Store.Sweeps.All(sweep => sweep.State != SweepState.Running)
            )
                break;
            Advance(TimeSpan.FromMilliseconds(500));
        }
        if (Server.Unanswered > 0)
            throw new SimulationFaultException($"{Server.Unanswered} requests were never answered");
        Oracle.Verify();
        RegistryOracle.Verify();
        Retention.Verify();
        SweepOracle.Verify();
        Feeds.Verify();
        Children.Verify();
    }
}
