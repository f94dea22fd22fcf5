using Headrace.Worker.Groups;
using Headrace.Worker.Leases;
using Headrace.Worker.Manifests;
using Headrace.Worker.Methods;
using Headrace.Worker.Mpi.Processes;

namespace Headrace.Worker.Mpi;

/// <summary>Maps methods that a group of ranks runs.</summary>
public static class RankMethodExtensions
{
    /// <summary>Registers a method that several ranks run. The ranks keep running between jobs.</summary>
    /// <remarks>
    /// <para>If the delegate has a parameter of type <see cref="Headrace.Mpi.ICommunicator"/>, all ranks run each job
    /// together: each calls the delegate with the same parameters, and the return value of rank 0 is the result. The
    /// token is cancelled on rank 0 only; the ranks must use a message to agree on stopping. Do not use the
    /// communicator after an <c>await</c>, because another thread may continue there.</para>
    /// <para>Without such a parameter, each job runs on one rank, and the ranks run different jobs at the same
    /// time.</para>
    /// <para>The ranks are processes that run the worker's own program. The worker starts them with <c>mpiexec</c> and
    /// passes its own arguments to them. They run the same code up to <see cref="HeadraceWorker.RunAsync"/>. Results do
    /// not depend on the number of ranks, unless the delegate does; see
    /// <see cref="Headrace.Mpi.ReduceOperation.Sum"/>.</para>
    /// </remarks>
    /// <example><code>
    /// worker.MapRanks("heat", 4, (ICommunicator ranks, int cells, int steps) => Heat.Solve(ranks, cells, steps));
    /// </code></example>
    /// <param name="worker">The worker.</param>
    /// <param name="name">The name of the method, as for <see cref="HeadraceWorker.MapMethod"/>.</param>
    /// <param name="ranks">The number of ranks, 1 to 256. Each occupies a slot of the worker.</param>
    /// <param name="method">The delegate, with parameters as for <see cref="HeadraceWorker.MapMethod"/>.</param>
    /// <returns>A builder that sets further options of the method.</returns>
    public static MethodBuilder MapRanks(this HeadraceWorker worker, string name, int ranks, Delegate method) =>
        worker.MapRanks(name, new RankOptions { Ranks = ranks }, method);

    /// <summary>Registers a method that several ranks run, with options.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="name">The name of the method, as for <see cref="HeadraceWorker.MapMethod"/>.</param>
    /// <param name="options">The number of ranks, and how they run.</param>
    /// <param name="method">The delegate.</param>
    /// <returns>A builder that sets further options of the method.</returns>
    /// <exception cref="ArgumentException">
    /// The name, an option or the signature cannot be used; the message states what to change.
    /// </exception>
    public static MethodBuilder MapRanks(this HeadraceWorker worker, string name, RankOptions options, Delegate method)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(method);
        if (options.Ranks is < 1 or > Headrace.Mpi.LocalRanks.MaxSize)
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.Ranks,
                $"Use 1 to {Headrace.Mpi.LocalRanks.MaxSize} ranks."
            );
        if (options.BatchSize is < 1 or > 256)
            throw new ArgumentOutOfRangeException(nameof(options), options.BatchSize, "Use a batch of 1 to 256 jobs.");
        RankDelegate? bound = null;
        var reason = "";
        var mapped = worker.Map(
            name,
            parsed =>
            {
                bound = new RankDelegate(parsed, method);
                return MethodOf(worker, bound, options, out reason);
            },
            nameof(method)
        );
        mapped.Offer.Unavailable = reason;
        if (RankEnvironment.OfThisProcess() is { } environment)
            RankProcess.Offer(worker, bound!, environment);
        return mapped.Slots(options.Ranks);
    }

    private static Method MethodOf(HeadraceWorker worker, RankDelegate method, RankOptions options, out string reason)
    {
        reason = "";
        // A rank runs the same code as the worker, but it must not start further ranks.
        if (
            options.Ranks == 1
            || options.Implementation == RankImplementation.Threads
            || RankEnvironment.OfThisProcess() is not null
        )
            return new Method(
                method.Name,
                method.Schema,
                method.RunsTogether || options.Ranks == 1
                    ? Shape.Single
                    : new Shape(ShapeKind.Stream, options.Ranks, TimeSpan.Zero),
                new LocalRankExecutor(method, options.Ranks)
            );
        var batch = method.RunsTogether ? 1 : options.BatchSize;
        var group = new RankGroupExecutor(
            new RankGroupOptions
            {
                Method = method.Name,
                Program = OwnProgram.Command(worker.Arguments),
                Ranks = options.Ranks,
                Implementation = options.Implementation switch
                {
                    RankImplementation.OpenMpi => MpiChoice.OpenMpi,
                    RankImplementation.Mpich => MpiChoice.Mpich,
                    _ => MpiChoice.Auto,
                },
                BatchSize = batch,
                PassedVariables = OwnProgram.PassedVariables(),
            },
            line => worker.Log(line)
        );
        reason = group.ReasonUnavailable;
        var shape = batch == 1 ? Shape.Single : new Shape(ShapeKind.Batch, batch, TimeSpan.Zero);
        return new Method(method.Name, method.Schema, shape with { CanKill = true }, group);
    }
}
