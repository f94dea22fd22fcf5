using System.Runtime.InteropServices;
using Headrace.Protocol.Local;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;
using Headrace.Worker.Methods;

namespace Headrace.Worker;

/// <summary>
/// An application that offers methods: <c>Create</c>, map, <c>await RunAsync</c>. The process joins a server, runs the jobs it is given, and ends when it is told to.
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
    /// Starts an application. <paramref name="args"/> may hold <c>--slots N</c>: how many jobs run at once, 1 without it. The server is
    /// <c>HEADRACE_SERVER</c> with the key <c>HEADRACE_KEY</c>; without them, the server that this user runs on this machine.
    /// </summary>
    public static HeadraceApp Create(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return new HeadraceApp(args);
    }

    /// <summary>
    /// Offers a delegate as a method. Its name is what jobs ask for: <c>"forecast"</c>, or <c>"forecast@2"</c> once its parameters change.
    /// Parameters are read by name from the job's params object; those with a default may be left out. <c>Range</c>, <c>StringLength</c>, <c>RegularExpression</c> and
    /// <c>AllowedValues</c> bound them. A <c>ReadOnlyMemory&lt;byte&gt;</c> (or <c>byte[]</c>) is the body, <see cref="IJob"/> the job, and
    /// <see cref="CancellationToken"/> is cancelled when the job should end. What it returns, now or as a task, is the result: bytes and text as they are, a
    /// <see cref="MethodResult"/> with its own content type, anything else as JSON.
    /// A method may run more than once for one job, and several times at once with <c>--slots</c>.
    /// </summary>
    /// <exception cref="ArgumentException">The name or the signature cannot be used; the message says what to change.</exception>
    public MappedMethod MapMethod(string name, Delegate method)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(method);
        var mapped = new MappedMethod(_methods.Add(name, method));
        _mapped.Add(mapped);
        return mapped;
    }

    /// <summary>
    /// Runs until the server or a signal ends it. SIGTERM, SIGINT or <paramref name="cancellationToken"/> ask for a drain: what runs is finished, what waits is given back;
    /// a second signal gives up what runs, too. The answer is the process's exit code, also set as <see cref="Environment.ExitCode"/>.
    /// A method that goes on for ten seconds after its token was cancelled ends the process from here, with exit code 75; so does any end that finds methods still running.
    /// </summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken = default)
    {
        var faults = new List<string>();
        if (_methods.All.Count == 0) faults.Add("This application maps no method. Call MapMethod before RunAsync.");
        var settings = WorkerSettings.Read(_args, WorkerSurroundings.OfThisProcess(), faults);
        if (settings is null || faults.Count > 0)
        {
            foreach (var fault in faults) await Console.Error.WriteLineAsync(fault);
            return Environment.ExitCode = WorkerProcess.Unusable;
        }
        // The methods of every slot may compute without a pause; the loop and its messages must find a thread beside them.
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, settings.Rules.Slots + Environment.ProcessorCount), completions);

        using var transport = new HttpExchangeTransport(settings.Server, settings.Key, settings.Self.Name.Text);
        var loop = Loop(settings.Self, settings.Rules, transport, new BootClock(), Say);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Signalled);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Signalled);
        await using var cancelled = cancellationToken.Register(() => loop.Drain("it was cancelled."));
        var exit = await loop.RunAsync();
        await Console.Error.WriteLineAsync($"Worker {settings.Self.Name}: {exit.Why}");
        // What still runs cannot be stopped otherwise, and is nobody's by now: whoever awaits us must not go on beside it.
        if (loop.IsRunningMethods) Environment.Exit(exit.Code);
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
    internal WorkerLoop Loop(WorkerIdentity self, WorkerRules rules, IExchangeTransport transport, TimeProvider clock, Action<string> say)
    {
        var offers = _mapped.Select(mapped => mapped.Offer).ToList();
        return new WorkerLoop(new WorkerMachine(self, offers, rules), _methods, transport, rules.Slots, clock, say);
    }
}
