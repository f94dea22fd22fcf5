using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Hosting;
using Headrace.Server.Http;
using Headrace.Server.Workers;
using Headrace.Storage.Memory;
using Headrace.Worker;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>
/// Runs a real worker loop, exchange handler, shard, broker and memory store in one process, on one clock that the test
/// advances.
/// </summary>
internal sealed class WorkerScene : IAsyncDisposable
{
    /// <summary>
    /// The longest wait in real time. No code in a scene depends on real time, so an event that has not occurred by
    /// then never will.
    /// </summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stopped = CancellationTokenSource.CreateLinkedTokenSource(
        TestContext.Current.CancellationToken
    );
    private readonly ShardMailbox _mailbox;
    private readonly MemoryJobStore _jobStore;
    private readonly ShardLoop _shard;
    private readonly Task<string?> _serving;
    private readonly BrokerOptions _options = new();
    private readonly List<RunningWorker> _workers = [];
    private readonly List<InProcessTransport> _transports = [];
    private ulong _incarnations;
    private int _requests;

    private WorkerScene(MemoryJobStore jobStore, Epoch epoch, FakeTimeProvider clock)
    {
        (_jobStore, Clock, _mailbox) = (jobStore, clock, new ShardMailbox(clock));
        _shard = new ShardLoop(
            () => new Broker(_options),
            new OwnedStore(jobStore, epoch),
            _mailbox,
            [],
            clock,
            NullLogger<ShardLoop>.Instance
        );
        _serving = _shard.RunAsync(_stopped.Token);
        Transport = NewTransport();
    }

    public FakeTimeProvider Clock { get; }

    public HeadraceWorker App { get; } = HeadraceWorker.Create([]);

    public InProcessTransport Transport { get; }

    /// <summary>Gets or sets the real time that running methods have between two steps of the clock.</summary>
    public TimeSpan Pace { get; set; } = TimeSpan.FromMilliseconds(1);

    public static async Task<WorkerScene> StartAsync()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
        var jobStore = MemoryJobStore.Create(clock);
        var scene = new WorkerScene(
            jobStore,
            await jobStore.OpenAsync(new StoreOwner("test", 1), TestContext.Current.CancellationToken),
            clock
        );
        await scene.WithinDeadline("the load", scene._shard.Loaded);
        return scene;
    }

    public InProcessTransport NewTransport()
    {
        var transport = new InProcessTransport(
            new ExchangeHandler(
                new SingleShardRouter(_mailbox),
                _jobStore,
                _options,
                new ReplyBudget(Clock),
                Clock,
                NullLogger<ExchangeHandler>.Instance
            ),
            _stopped.Token
        );
        _transports.Add(transport);
        return transport;
    }

    /// <summary>
    /// Starts the application as a worker. Returns once the worker has joined or, if <paramref name="waitForJoin"/> is
    /// false, without waiting.
    /// </summary>
    public async Task<(WorkerLoop Loop, Task<WorkerStep.Exit> Ends)> JoinAsync(
        string name = "w1",
        int slots = 1,
        InProcessTransport? transport = null,
        TimeSpan? orphanGrace = null,
        bool waitForJoin = true
    )
    {
        var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var signal = new ClockWakeSignal(Clock);
        var rules = new WorkerRules
        {
            Slots = slots,
            OrphanGrace = orphanGrace ?? TimeSpan.FromSeconds(20),
            // Executors kill processes in real time, which the manual clock does not measure.
            KillGrace = TimeSpan.FromHours(1),
        };
        var loop = App.CreateLoop(
            new WorkerIdentity(new WorkerName(name), new Incarnation(++_incarnations), "local"),
            rules,
            transport ?? Transport,
            Clock,
            signal,
            message =>
            {
                if (message.StartsWith("Joined", StringComparison.Ordinal))
                    joined.TrySetResult();
            }
        );
        // The loop calls back on its own thread, which must not run the test.
        var ends = Task.Run(loop.RunAsync, _stopped.Token);
        _workers.Add(new RunningWorker(signal, ends));
        if (waitForJoin)
            await WithinDeadline($"{name} to join", Task.WhenAny(joined.Task, ends));
        return (loop, ends);
    }

    public async Task<JobId> SubmitAsync(
        string method,
        string parameters = "",
        byte[]? body = null,
        Func<JobSpec, JobSpec>? with = null,
        RetryOptions? retry = null
    )
    {
        body ??= [];
        Assert.True(MethodRef.TryParse(method, out var name));
        var spec = new JobSpec
        {
            Queue = QueueName.Default,
            Method = name.Name,
            Version = name.Version,
            Owner = "test",
            Params = System.Text.Encoding.UTF8.GetBytes(parameters),
            BodyBytes = body.Length,
        };
        var submitted = (Response.Submitted)
            await SendAsync(new Command.Submit([new NewJob(with?.Invoke(spec) ?? spec, body) { Retry = retry }]));
        Assert.Null(submitted.Results[0].Rejection);
        return submitted.Results[0].Id;
    }

    public Task<Response> SendAsync(Command command) =>
        WithinDeadline($"the answer to {command.GetType().Name}", RequestAsync(command));

    /// <summary>
    /// Waits for a job to end and returns the job with its result as text. A job that has already ended is read
    /// from the store.
    /// </summary>
    public async Task<(DoneRow Row, string Result)> EndOfAsync(JobId id)
    {
        // Requests a wait that is longer than the duration of any test on the manual clock.
        var answer = await WithinDeadline(
            $"the end of job {id}",
            RequestAsync(new Command.GetJob(id, TimeSpan.FromHours(1)))
        );
        var rows = await _jobStore.ReadAsync(
            [new RowKey.Ended(id), new RowKey.Payload(id, PayloadKind.Result)],
            _stopped.Token
        );
        var row = answer is Response.Ended ended ? ended.Job : rows.OfType<DoneRow>().Single();
        var result = rows.OfType<PayloadRow>().SingleOrDefault();
        return (row, result is null ? "" : System.Text.Encoding.UTF8.GetString(result.Bytes.Span));
    }

    public Task<IReadOnlyList<StoredRow>> ReadAsync(RowKey key) => _jobStore.ReadAsync([key], _stopped.Token);

    public async Task<T> WithinDeadline<T>(string what, Task<T> task)
    {
        try
        {
            return await task.WaitAsync(Deadline, _stopped.Token);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"Timed out after waiting {Deadline.TotalSeconds} s for {what}. Messages so far:\n"
                    + string.Join('\n', Transport.Sent)
            );
        }
    }

    public async Task WithinDeadline(string what, Task task) => await WithinDeadline(what, WithResultAsync(task));

    /// <summary>
    /// Advances the clock step by step until a task has completed. Use this method for work that takes time on both the
    /// worker and the server. Before each step, everything that the previous one caused has happened.
    /// </summary>
    public async Task<T> AdvanceUntilAsync<T>(string what, TimeSpan step, Task<T> task)
    {
        for (var steps = 0; !task.IsCompleted && steps < 1_000; steps++)
        {
            Clock.Advance(step);
            await WithinDeadline($"{what}: the workers and the server to become idle", SettleAsync(task));
        }
        return await WithinDeadline(what, task);
    }

    /// <summary>
    /// Waits until everything that the last step of the clock caused has happened: each worker loop waits, and no
    /// message or response is in transit. Returns early if the task has completed.
    /// </summary>
    private async Task SettleAsync(Task task)
    {
        while (await ParkAsync(task) && await WakesAsync(task)) { }
    }

    /// <summary>
    /// Waits until nothing is in transit or the task has completed. Returns true if a worker still has leases.
    /// </summary>
    private async Task<bool> ParkAsync(Task task)
    {
        while (true)
        {
            await Task.WhenAny(task, Task.WhenAll(_workers.Select(worker => worker.ParkAsync())));
            // The shard answers this request after everything that arrived before it.
            var workers = (Response.Workers)await RequestAsync(new Command.ListWorkers());
            if (task.IsCompleted || IsIdle)
                return workers.Items.Any(worker => worker.Leases.Count > 0);
        }
    }

    /// <summary>
    /// Gives methods, which run in real time, a short time to end. Returns true if a worker loop was woken during that
    /// time. A method that takes longer ends after more steps of the clock.
    /// </summary>
    private async Task<bool> WakesAsync(Task task)
    {
        var running = _workers.Where(worker => !worker.Ends.IsCompleted).ToList();
        if (running.Count == 0)
            return false;
        var woken = Task.WhenAny(running.Select(worker => worker.Signal.WakeAsync()));
        await Task.WhenAny(task, woken, Task.Delay(Pace, _stopped.Token));
        return woken.IsCompleted && !task.IsCompleted;
    }

    /// <summary>
    /// Whether every worker loop is waiting, and every message and request without an answer is waiting in the broker.
    /// </summary>
    private bool IsIdle =>
        _workers.TrueForAll(worker => worker.IsParked)
        && _transports.Sum(transport => transport.Unanswered) + Volatile.Read(ref _requests) == _mailbox.WaitingCount;

    private async Task<Response> RequestAsync(Command command)
    {
        Interlocked.Increment(ref _requests);
        try
        {
            return await _mailbox.SendAsync(command, _stopped.Token);
        }
        finally
        {
            Interlocked.Decrement(ref _requests);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _mailbox.Close("The test is over.");
        await _serving;
        _stopped.Dispose();
    }

    private static async Task<bool> WithResultAsync(Task task)
    {
        await task;
        return true;
    }

    private sealed record RunningWorker(ClockWakeSignal Signal, Task Ends)
    {
        /// <summary>Whether the loop is waiting or has ended.</summary>
        public bool IsParked => Ends.IsCompleted || Signal.IsParked;

        public Task<Task> ParkAsync() => Task.WhenAny(Signal.ParkAsync(), Ends);
    }
}
