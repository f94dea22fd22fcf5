using Headrace.Core;
using Headrace.Worker.Manifests;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Groups;

/// <summary>Describes a group of ranks whose program is specified in code rather than in a manifest on disk.</summary>
internal sealed record RankGroupOptions
{
    public required MethodRef Method { get; init; }

    /// <summary>Gets the program and its arguments.</summary>
    public required IReadOnlyList<string> Program { get; init; }

    public required int Ranks { get; init; }

    public MpiChoice Implementation { get; init; } = MpiChoice.Auto;

    /// <summary>Gets the names of the environment variables that the ranks receive from the worker.</summary>
    public IReadOnlyList<string> PassedVariables { get; init; } = [];

    /// <summary>Gets the maximum number of jobs that the group receives at once.</summary>
    public int BatchSize { get; init; } = 256;
}

/// <summary>Runs the jobs of a method in a group of ranks whose program is specified in code.</summary>
internal sealed class RankGroupExecutor : IMethodExecutor, IDisposable
{
    private readonly MethodManifest _manifest;
    private readonly RankPlan? _plan;
    private readonly Executions _executions = new(TimeProvider.System);
    private readonly WarmExecutor _executor;

    public RankGroupExecutor(RankGroupOptions options, Action<string> log)
    {
        _manifest = ManifestOf(options);
        (_plan, ReasonUnavailable) = RankPlanner.Plan(
            _manifest.Mpi!,
            options.Program[0],
            new ThisMachine(options.Ranks)
        );
        _executor = new WarmExecutor(_manifest, Start, new WarmHealth(TimeProvider.System), log);
    }

    /// <summary>
    /// Gets the reason why this machine cannot run the ranks, with the remedy; empty if it can run them.
    /// </summary>
    public string ReasonUnavailable { get; }

    public Task RunAsync(JobReader jobs, CancellationToken cancellationToken) =>
        _executor.RunAsync(jobs, cancellationToken);

    public void Dispose() => _executions.Dispose();

    private RankGroup Start(Descriptor wake, LogLines.Writer log) =>
        _plan is { } plan
            ? RankGroup.Start(_manifest, plan, _executions, wake, log)
            : throw new HeadraceException(ReasonUnavailable);

    private static MethodManifest ManifestOf(RankGroupOptions options) =>
        new()
        {
            Name = options.Method,
            Folder = Environment.CurrentDirectory,
            Arguments = [.. options.Program.Select(ArgumentTemplate.Literal)],
            ParamsSchema = "{}",
            ResultType = "application/json",
            Mpi = new MpiOptions
            {
                MinRanks = options.Ranks,
                MaxRanks = options.Ranks,
                Implementation = options.Implementation,
            },
            Warm = new WarmOptions { BatchSize = options.BatchSize },
            PassedVariables = options.PassedVariables,
            WorkingFolder = Environment.CurrentDirectory,
        };
}
