using System.Runtime.InteropServices;
using Headrace.Core;
using Headrace.Protocol.Local;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker;

/// <summary>
/// Runs a worker process: it joins a server, runs the jobs that the server assigns to it, and exits when it is
/// instructed to stop.
/// </summary>
/// <remarks>
/// Create a worker with <see cref="Create"/>, register its methods with <see cref="MapMethod"/>,
/// <see cref="MapStream"/> or <see cref="MapBatch"/>, and await <see cref="RunAsync"/>.
/// </remarks>
/// <example><code>
/// var worker = HeadraceWorker.Create(args);
/// worker.MapMethod("square", (double x) => x * x);
/// return await worker.RunAsync();
/// </code></example>
public sealed class HeadraceWorker
{
    /// <summary>
    /// How long an exiting worker waits for its last message to be written if nobody reads standard error. With a short
    /// lease, it waits less, because an exclusive job that still runs must end with the process before the lease (R11).
    /// </summary>
    private static readonly TimeSpan LastMessageTimeout = TimeSpan.FromMilliseconds(200);

    private readonly string[] _args;
    private readonly MethodTable _methods = new();
    private readonly Lazy<WorkerLog> _log = new(() => new WorkerLog(StandardError.Open()));
    private readonly List<MethodBuilder> _builders = [];
    private WorkerLoop? _loop;

    private HeadraceWorker(string[] args)
    {
        _args = args;
        Log = message => _log.Value.Write(message);
    }

    /// <summary>Creates a worker that has no methods yet. Does not contact the server.</summary>
    /// <remarks>
    /// The worker connects to <c>HEADRACE_SERVER</c> with the key <c>HEADRACE_KEY</c>. When these are not set, it
    /// connects to <c>server</c> in the user's <c>config.json</c>, then to the newest server that the same user runs on
    /// this machine. The command line and <c>HeadraceClient</c> find the server in the same way.
    /// </remarks>
    /// <param name="args">
    /// The command-line arguments: <c>--slots N</c> sets how many jobs run at the same time (default 1, maximum 1024),
    /// <c>--describe</c> prints the methods as JSON, and <c>--help</c> prints the usage.
    /// </param>
    /// <returns>The worker.</returns>
    public static HeadraceWorker Create(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return new HeadraceWorker(args);
    }

    /// <summary>Registers a method that is called once for each job.</summary>
    /// <remarks>
    /// The parameters of the delegate are bound as follows:
    /// <list type="bullet">
    /// <item><description>
    /// <see cref="JobContext"/> receives the job context, and <see cref="CancellationToken"/> is cancelled when the job
    /// should stop.
    /// </description></item>
    /// <item><description>
    /// <c>ReadOnlyMemory&lt;byte&gt;</c> or <c>byte[]</c> receives the body.
    /// </description></item>
    /// <item><description>
    /// Any other parameter is read by name from the params object of the job. Parameters with a default value are
    /// optional. The attributes <c>Range</c>, <c>StringLength</c>, <c>RegularExpression</c> and <c>AllowedValues</c>
    /// constrain their values.
    /// </description></item>
    /// </list>
    /// <para>The return value, or the result of a returned task, is the result of the job: bytes and strings are stored
    /// unchanged, a <see cref="MethodResult"/> with its own content type, and any other value as JSON.</para>
    /// <para>A method can run more than once for the same job, and several times concurrently with <c>--slots</c>.
    /// </para>
    /// </remarks>
    /// <param name="name">
    /// The name that jobs refer to, such as <c>"forecast"</c>. When the parameters change, add a version:
    /// <c>"forecast@2"</c>.
    /// </param>
    /// <param name="method">The delegate to call.</param>
    /// <returns>A builder that sets further options of the method.</returns>
    /// <exception cref="ArgumentException">
    /// The name or the signature cannot be used; the message states what to change.
    /// </exception>
    public MethodBuilder MapMethod(string name, Delegate method)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(method);
        return Map(_methods.Add(name, parsed => Method.Of(parsed, method), nameof(method)));
    }

    /// <summary>
    /// Registers a method that processes many jobs concurrently in one call and reads the next job whenever it has
    /// capacity.
    /// </summary>
    /// <remarks>
    /// <para>Use it for work that benefits from many jobs at once, such as SIMD lanes, GPUs, or requests to other
    /// services. The method reads jobs with <see cref="JobReader{TInput}.TryRead"/>, ends each with
    /// <see cref="JobLease{TInput}.Succeed"/> or <see cref="JobLease{TInput}.Fail"/>, and waits with
    /// <see cref="JobReader{TInput}.WaitToReadAsync"/> when no job is available.</para>
    /// <para>The jobs of one call share one slot. Another method can use the slot once all of them have ended.</para>
    /// <para>When the method throws, the jobs that it has read fail with that exception, and it is called again.</para>
    /// </remarks>
    /// <typeparam name="TInput">The input that <paramref name="bind"/> creates from a job.</typeparam>
    /// <param name="name">The name of the method, as for <see cref="MapMethod"/>.</param>
    /// <param name="maxConcurrency">The maximum number of jobs that one call processes concurrently, 1 to 256.</param>
    /// <param name="bind">
    /// Creates the input of one job. Its parameters are bound as for <see cref="MapMethod"/>; an exception ends the
    /// job.
    /// </param>
    /// <param name="handler">
    /// Processes the jobs. It is called once for each slot that it needs, and runs until the job reader completes.
    /// </param>
    /// <returns>A builder that sets further options of the method.</returns>
    /// <exception cref="ArgumentException">
    /// The name, the number or the signature cannot be used; the message states what to change.
    /// </exception>
    public MethodBuilder MapStream<TInput>(
        string name,
        int maxConcurrency,
        Delegate bind,
        Func<JobReader<TInput>, Task> handler
    )
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(bind);
        ArgumentNullException.ThrowIfNull(handler);
        CheckRange(maxConcurrency, nameof(maxConcurrency));
        return Map(_methods.Add(name, parsed => Method.OfStream(parsed, maxConcurrency, bind, handler), nameof(bind)));
    }

    /// <summary>
    /// Registers a method that processes jobs in batches: up to <paramref name="maxBatchSize"/> jobs, or the jobs that
    /// arrive within <paramref name="maxWait"/> after the first one.
    /// </summary>
    /// <remarks>
    /// Use it for work whose cost is mostly per call, such as a model that scores a thousand rows as fast as one.
    /// </remarks>
    /// <example><code>
    /// worker.MapBatch&lt;double[]&gt;("score", 256, TimeSpan.FromMilliseconds(10), (double[] row) => row,
    ///     async jobs =>
    /// {
    ///     var scores = await model.ScoreAsync(jobs.Select(job => job.Input));
    ///     foreach (var (job, score) in jobs.Zip(scores))
    ///         job.Succeed(score);
    /// });
    /// </code></example>
    /// <typeparam name="TInput">The input that <paramref name="bind"/> creates from a job.</typeparam>
    /// <param name="name">The name of the method, as for <see cref="MapMethod"/>.</param>
    /// <param name="maxBatchSize">The maximum number of jobs in one batch, 1 to 256.</param>
    /// <param name="maxWait">
    /// How long the first job waits for others, 0 to 1 second. A longer wait adds latency; zero starts a batch with the
    /// jobs that are available.
    /// </param>
    /// <param name="bind">Creates the input of one job, as for <see cref="MapStream"/>.</param>
    /// <param name="handler">
    /// Processes a batch and ends each of its jobs. When it returns, the jobs that it has not ended fail; when it
    /// throws, they fail with that exception.
    /// </param>
    /// <returns>A builder that sets further options of the method.</returns>
    /// <exception cref="ArgumentException">
    /// The name, a number or the signature cannot be used; the message states what to change.
    /// </exception>
    public MethodBuilder MapBatch<TInput>(
        string name,
        int maxBatchSize,
        TimeSpan maxWait,
        Delegate bind,
        Func<IReadOnlyList<JobLease<TInput>>, Task> handler
    )
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(bind);
        ArgumentNullException.ThrowIfNull(handler);
        CheckRange(maxBatchSize, nameof(maxBatchSize));
        CheckWait(maxWait, nameof(maxWait));
        return Map(
            _methods.Add(name, parsed => Method.OfBatch(parsed, maxBatchSize, maxWait, bind, handler), nameof(bind))
        );
    }

    /// <summary>Registers a method whose jobs are run by your own executor.</summary>
    /// <remarks>
    /// Use it for work outside this process, such as a command, or a process that stays warm between jobs. An executor
    /// can kill a job that ignores its cancellation, and can report the crash of a process that was running jobs; a
    /// delegate can do neither.
    /// </remarks>
    /// <param name="name">The name of the method, as for <see cref="MapMethod"/>.</param>
    /// <param name="options">The schema of the params, and how many jobs the executor takes at the same time.</param>
    /// <param name="executor">Runs the jobs.</param>
    /// <returns>A builder that sets further options of the method.</returns>
    /// <exception cref="ArgumentException">
    /// The name or an option cannot be used; the message states what to change.
    /// </exception>
    public MethodBuilder MapExecutor(string name, ExecutorOptions options, IMethodExecutor executor)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(executor);
        CheckRange(options.MaxConcurrency, nameof(options.MaxConcurrency));
        if (options.MaxBatchSize != 0)
            CheckRange(options.MaxBatchSize, nameof(options.MaxBatchSize));
        if (options.MaxBatchSize != 0 && options.MaxConcurrency != 1)
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.MaxConcurrency,
                "A method takes either batches or concurrent jobs. Set MaxBatchSize or MaxConcurrency, not both."
            );
        foreach (var size in options.PreferredBatchSizes)
            if (size < 1 || size > options.MaxBatchSize)
                throw new ArgumentOutOfRangeException(
                    nameof(options),
                    size,
                    $"A preferred batch size must be between 1 and MaxBatchSize, which is {options.MaxBatchSize}."
                );
        CheckWait(options.MaxWait, nameof(options.MaxWait));
        return Map(_methods.Add(name, parsed => Method.Of(parsed, options, executor), nameof(options)));
    }

    /// <summary>Runs the worker until the server, a signal or the token stops it.</summary>
    /// <remarks>
    /// <para>SIGTERM, SIGINT, SIGHUP or <paramref name="cancellationToken"/> drains the worker: running jobs finish,
    /// and waiting jobs are released to the server. A second signal also abandons the running jobs.</para>
    /// <para>
    /// The worker renews leases and enforces time limits and stop requests on its own threads, so a method may block
    /// every thread of the thread pool without losing its lease. The code after this call continues on one of the
    /// worker's own threads.
    /// </para>
    /// <para>When a method is still running ten seconds after its token was cancelled, the worker ends the process with
    /// exit code 75. It also ends the process when it stops for another reason while methods are still running. An
    /// executor (<see cref="MapExecutor"/>) kills such a job instead, and the worker continues.</para>
    /// </remarks>
    /// <param name="cancellationToken">Drains the worker.</param>
    /// <returns>The exit code of the process, which is also set as <see cref="Environment.ExitCode"/>.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken = default)
    {
        if (WorkerUsage.IsRequested(_args))
        {
            await Console.Out.WriteLineAsync(
                WorkerUsage.Text(AppDomain.CurrentDomain.FriendlyName, _methods.All.Select(method => $"{method.Name}"))
            );
            return Environment.ExitCode = WorkerProcess.StoppedOnRequest;
        }
        if (OnlyDescribes)
        {
            await Console.Out.WriteLineAsync(
                MethodDescription.Of(
                    _builders.Select(mapped => mapped.Offer).Where(offer => offer.Unavailable.Length == 0)
                )
            );
            return Environment.ExitCode = WorkerProcess.StoppedOnRequest;
        }
        if (RunAsRank is { } runAsRank)
            return Environment.ExitCode = await runAsRank();
        var faults = new List<string>();
        if (_methods.All.Count == 0)
            faults.Add("No method is mapped. Call MapMethod, MapStream, MapBatch or MapExecutor before RunAsync.");
        var settings = WorkerSettings.Read(_args, WorkerEnvironment.OfThisProcess(), faults);
        var tooWide = _builders.Select(mapped => mapped.ReasonTooWide(settings?.Rules.Slots)).OfType<string>().ToList();
        if (tooWide.Count == _builders.Count)
            faults.AddRange(tooWide);
        if (settings is null || faults.Count > 0)
        {
            foreach (var fault in faults)
                StandardError.WriteLine(fault);
            return Environment.ExitCode = WorkerProcess.Unusable;
        }
        foreach (var reason in tooWide)
            StandardError.WriteLine(reason);
        // Methods may occupy one thread for each slot without ever yielding. The asynchronous work that they await
        // needs additional threads. The loop and its messages do not use the pool.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, settings.Rules.Slots + Environment.ProcessorCount), completions);

        var log = _log.Value;
        using var transport = new HttpExchangeTransport(settings.Server, settings.Key, settings.Self.Name.Text);
        var clock = new BootClock();
        var loop = CreateLoop(settings.Self, settings.Rules, transport, clock, new ThreadWakeSignal(clock), Say);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Signalled);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Signalled);
        // Sent when the terminal is closed. The runtime calls this handler on the thread pool, so the drain begins late
        // while methods occupy the pool; the signal does not end the process.
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Signalled);
        using var cancelled = cancellationToken.Register(() => loop.Drain("cancellation was requested."));
        using var rest = new IdleMemoryTrimmer(TimeProvider.System);
        var exit = await loop.RunAsync();
        log.Write($"Worker {settings.Self.Name}: {exit.Reason}");
        log.Close(loop.Lease / 60 < LastMessageTimeout ? loop.Lease / 60 : LastMessageTimeout);
        // Running methods can be stopped only by ending the process. Their leases no longer belong to this worker, so
        // the caller must not continue while they are running.
        if (loop.IsRunningMethods)
            ProcessExit.Exit(exit.Code, loop.Lease);
        return Environment.ExitCode = exit.Code;

        void Say(string words) => log.Write($"Worker {settings.Self.Name} at {settings.Server}: {words}");

        void Signalled(PosixSignalContext context)
        {
            // The worker exits on its own when the running jobs have finished.
            context.Cancel = true;
            loop.OnSignal(context.Signal.ToString());
        }
    }

    /// <summary>Gets or sets the receiver of messages from executors, which must not wait.</summary>
    internal Action<string> Log { get; set; }

    internal IReadOnlyList<MethodBuilder> Builders => _builders;

    /// <summary>Gets the number of slots that the arguments specify; 1 if they specify none or are not valid.</summary>
    internal int Slots => WorkerSettings.SlotsOf(_args);

    /// <summary>
    /// Gets or sets the function that this process runs instead of joining a server if a worker started it as a rank of
    /// a group. The function returns the exit code.
    /// </summary>
    internal Func<Task<int>>? RunAsRank { get; set; }

    /// <summary>Gets the arguments with which the worker was created.</summary>
    internal IReadOnlyList<string> Arguments => _args;

    /// <summary>Registers a method that is created from its parsed name.</summary>
    internal MethodBuilder Map(string name, Func<MethodRef, Method> make, string signature) =>
        Map(_methods.Add(name, make, signature));

    /// <summary>Gets a value indicating whether the program prints its methods and then exits.</summary>
    internal bool OnlyDescribes => _args.Contains(WorkerUsage.Describe);

    /// <summary>Keeps only the methods with these names and removes all others.</summary>
    internal void KeepOnly(IReadOnlyCollection<string> names) =>
        _builders.RemoveAll(mapped => !names.Contains(mapped.Name));

    /// <summary>Creates the loop of this worker with the given transport and clock.</summary>
    internal WorkerLoop CreateLoop(
        WorkerIdentity self,
        WorkerRules rules,
        IExchangeTransport transport,
        TimeProvider clock,
        IWakeSignal signal,
        Action<string> say
    )
    {
        lock (_builders)
        {
            var methods = new MethodSet(_builders);
            var machine = new WorkerMachine(self, methods.Offers, rules, methods.Shapes);
            return _loop = new WorkerLoop(self, machine, methods, transport, clock, signal, say);
        }
    }

    /// <summary>Removes a method. Call <see cref="PublishMethods"/> when all changes are made.</summary>
    internal void Unmap(MethodBuilder mapped)
    {
        lock (_builders)
        {
            _methods.Remove(mapped.Method.Name);
            _builders.Remove(mapped);
        }
    }

    /// <summary>
    /// Offers the methods as they are currently mapped, if the worker is running. Running jobs finish with the executor
    /// with which they started.
    /// </summary>
    internal void PublishMethods()
    {
        lock (_builders)
            _loop?.Change(new MethodSet(_builders));
    }

    private MethodBuilder Map(Method method)
    {
        var mapped = new MethodBuilder(method);
        lock (_builders)
            _builders.Add(mapped);
        return mapped;
    }

    // A worker holds at most a thousand leases. With at most 256 jobs per call, this is enough for the concurrent jobs
    // of a few slots and their prefetched jobs.
    private static void CheckRange(int value, string name)
    {
        if (value is < 1 or > 256)
            throw new ArgumentOutOfRangeException(name, value, "Use a value from 1 to 256.");
    }

    private static void CheckWait(TimeSpan value, string name)
    {
        // With a longer wait time, a job could wait here while another worker is idle.
        if (value < TimeSpan.Zero || value > TimeSpan.FromSeconds(1))
            throw new ArgumentOutOfRangeException(name, value, "Use a value from 0 to 1 second.");
    }
}
