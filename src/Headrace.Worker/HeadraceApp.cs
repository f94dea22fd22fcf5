using System.Runtime.InteropServices;
using Headrace.Protocol.Local;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker;

/// <summary>
/// An application that offers methods: <c>Create</c>, map, <c>await RunAsync</c>. The process joins a server, runs the
/// jobs it is given, and ends when it is told to.
/// </summary>
public sealed class HeadraceApp
{
    private readonly string[] _args;
    private readonly MethodTable _methods = new();
    private readonly List<MappedMethod> _mapped = [];

    private HeadraceApp(string[] args)
    {
        _args = args;
    }

    /// <summary>
    /// Starts an application. <paramref name="args"/> may hold <c>--slots N</c>: how many jobs run at once, 1 without
    /// it. The server is
    /// <c>HEADRACE_SERVER</c> with the key <c>HEADRACE_KEY</c>; without them, the server that this user runs on this
    /// machine.
    /// </summary>
    public static HeadraceApp Create(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return new HeadraceApp(args);
    }

    /// <summary>
    /// Offers a delegate as a method. Its name is what jobs ask for: <c>"forecast"</c>, or <c>"forecast@2"</c> once its
    /// parameters change.
    /// Parameters are read by name from the job's params object; those with a default may be left out. <c>Range</c>,
    /// <c>StringLength</c>, <c>RegularExpression</c> and
    /// <c>AllowedValues</c> bound them. A <c>ReadOnlyMemory&lt;byte&gt;</c> (or <c>byte[]</c>) is the body,
    /// <see cref="IJob"/> the job, and
    /// <see cref="CancellationToken"/> is cancelled when the job should end. What it returns, now or as a task, is the
    /// result: bytes and text as they are, a
    /// <see cref="MethodResult"/> with its own content type, anything else as JSON.
    /// A method may run more than once for one job, and several times at once with <c>--slots</c>.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The name or the signature cannot be used; the message says what to change.
    /// </exception>
    public MappedMethod MapMethod(string name, Delegate method)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(method);
        return Map(_methods.Add(name, method));
    }

    /// <summary>
    /// Offers a method that has many jobs in hand and takes the next as soon as it has room: for work that gains from
    /// many jobs at once, such as vector lanes, GPUs, or
    /// requests to other services. <paramref name="read"/> makes an input of each job; its parameters are bound as
    /// those of <see cref="MapMethod"/>, and what it throws ends
    /// the job. <paramref name="run"/> is called once for each slot that it needs, and goes on until the stream is
    /// over:
    /// it takes jobs (<see cref="IncomingJobs{TInput}.TryTake"/>), ends each (<see cref="IOpenJob{TInput}.Succeed"/>),
    /// and waits when it has none. Where it throws, the jobs in its hands fail with that, and it is
    /// called again. All its lanes share one slot; another method gets the slot when they are empty.
    /// </summary>
    /// <param name="name">As for <see cref="MapMethod"/>.</param>
    /// <param name="lanes">How many jobs it has in hand at once, 1 to 256.</param>
    /// <param name="read">Makes the input of one job.</param>
    /// <param name="run">Computes.</param>
    /// <exception cref="ArgumentException">
    /// The name, the number or the signature cannot be used; the message says what to change.
    /// </exception>
    public MappedMethod MapStream<TInput>(string name, int lanes, Delegate read, Func<IncomingJobs<TInput>, Task> run)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(run);
        Between(lanes, nameof(lanes));
        return Map(_methods.Add(name, parsed => new StreamMethod<TInput>(parsed, lanes, read, run), nameof(read)));
    }

    /// <summary>
    /// Offers a method that runs jobs together: it is called with up to <paramref name="most"/> of them, or with what
    /// came within <paramref name="within"/> of the first. For work with a
    /// price of its own a call, such as a model that scores a thousand rows as fast as one. <paramref name="run"/> ends
    /// each job; those it has not ended when it returns have failed, with what it
    /// throws if it throws.
    /// </summary>
    /// <param name="name">As for <see cref="MapMethod"/>.</param>
    /// <param name="most">Jobs of one call at most, 1 to 256.</param>
    /// <param name="within">
    /// How long the first one waits for others; long waits cost latency, none calls with what is there.
    /// </param>
    /// <param name="read">Makes the input of one job, as for <see cref="MapStream"/>.</param>
    /// <param name="run">Computes.</param>
    /// <exception cref="ArgumentException">
    /// The name, a number or the signature cannot be used; the message says what to change.
    /// </exception>
    public MappedMethod MapBatch<TInput>(
        string name,
        int most,
        TimeSpan within,
        Delegate read,
        Func<IReadOnlyList<IOpenJob<TInput>>, Task> run
    )
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(run);
        Between(most, nameof(most));
        // Longer than a second, a job would wait here while another worker might be idle.
        if (within < TimeSpan.Zero || within > TimeSpan.FromSeconds(1))
            throw new ArgumentOutOfRangeException(nameof(within), within, "Give 0 to 1 second.");
        return Map(
            _methods.Add(name, parsed => new BatchMethod<TInput>(parsed, most, within, read, run), nameof(read))
        );
    }

    /// <summary>
    /// Runs until the server or a signal ends it. SIGTERM, SIGINT or <paramref name="cancellationToken"/> ask for a
    /// drain: what runs is finished, what waits is given back;
    /// a second signal gives up what runs, too. The answer is the process's exit code, also set as
    /// <see cref="Environment.ExitCode"/>.
    /// A method that goes on for ten seconds after its token was cancelled ends the process from here, with exit code
    /// 75; so does any end that finds methods still running.
    /// </summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken = default)
    {
        var faults = new List<string>();
        if (_methods.All.Count == 0)
            faults.Add("This application maps no method. Call MapMethod before RunAsync.");
        var settings = WorkerSettings.Read(_args, WorkerSurroundings.OfThisProcess(), faults);
        if (settings is null || faults.Count > 0)
        {
            foreach (var fault in faults)
                await Console.Error.WriteLineAsync(fault);
            return Environment.ExitCode = WorkerProcess.Unusable;
        }
        // The methods of every slot may compute without a pause; the loop and its messages must find a thread beside
        // them.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, settings.Rules.Slots + Environment.ProcessorCount), completions);

        using var transport = new HttpExchangeTransport(settings.Server, settings.Key, settings.Self.Name.Text);
        var loop = Loop(settings.Self, settings.Rules, transport, new BootClock(), Say);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Signalled);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Signalled);
        await using var cancelled = cancellationToken.Register(() => loop.Drain("it was cancelled."));
        using var rest = new MemoryAtRest(TimeProvider.System);
        var exit = await loop.RunAsync();
        await Console.Error.WriteLineAsync($"Worker {settings.Self.Name}: {exit.Why}");
        // What still runs cannot be stopped otherwise, and is nobody's by now: whoever awaits us must not go on beside
        // it.
        if (loop.IsRunningMethods)
            Environment.Exit(exit.Code);
        return Environment.ExitCode = exit.Code;

        void Say(string words) => Console.Error.WriteLine($"Worker {settings.Self.Name} at {settings.Server}: {words}");

        void Signalled(PosixSignalContext context)
        {
            // We end by ourselves, when what runs is done.
            context.Cancel = true;
            loop.Signalled(context.Signal.ToString());
        }
    }

    /// <summary>What is offered.</summary>
    internal IReadOnlyList<MappedMethod> Mapped => _mapped;

    /// <summary>Offers only the methods of these names.</summary>
    internal void Keep(IReadOnlyCollection<string> names) => _mapped.RemoveAll(mapped => !names.Contains(mapped.Name));

    /// <summary>The application behind any transport and clock.</summary>
    internal WorkerLoop Loop(
        WorkerIdentity self,
        WorkerRules rules,
        IExchangeTransport transport,
        TimeProvider clock,
        Action<string> say
    )
    {
        var offers = _mapped.Select(mapped => mapped.Offer).ToList();
        var shapes = _methods.All.ToDictionary(method => method.Name, method => method.Shape);
        return new WorkerLoop(new WorkerMachine(self, offers, rules, shapes), _methods, transport, clock, say);
    }

    private MappedMethod Map(Method method)
    {
        var mapped = new MappedMethod(method);
        _mapped.Add(mapped);
        return mapped;
    }

    // A worker holds a thousand leases at most: a few slots' worth of lanes, and what is fetched ahead of them.
    private static void Between(int value, string name)
    {
        if (value is < 1 or > 256)
            throw new ArgumentOutOfRangeException(name, value, "Give 1 to 256.");
    }
}
