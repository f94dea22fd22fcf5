using Headrace.Apps.Benchop.Measuring;
using Headrace.Apps.Benchop.Problems;
using Headrace.Client;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>
/// The task of a job. If no work parameter is given, the method chooses one, except in a tuning job, which searches for
/// it.
/// </summary>
internal sealed record CellTask(
    BenchopTask What,
    int? Work = null,
    double Target = CellTask.UsualTarget,
    int? Seed = null
)
{
    /// <summary>The target error of the BENCHOP benchmark.</summary>
    public const double UsualTarget = 1e-4;

    public TimingProtocol Protocol { get; init; }

    /// <summary>The measuring time, in seconds.</summary>
    public double Seconds { get; init; } = MeasureOptions.DefaultSeconds;

    /// <summary>
    /// The time limit of the job. Computing the most expensive reference takes seconds, and timing calls the method
    /// many times. On a busy machine, one job took a minute.
    /// </summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>
/// One cell of the table, to be computed by a job: the problem with its settings, the method, the task, and the
/// settings as the user wrote them.
/// </summary>
internal sealed record CellRequest(Problem Problem, ICellMethod Method, string Set, CellTask Task)
{
    /// <summary>The tag of all jobs of the pricing commands.</summary>
    public const string Tag = "benchop";

    private const double SlowSeconds = 0.1;

    private const int MaxPriority = 50;

    public string Name => $"{Problem.Id} {Method.Name}";

    /// <summary>
    /// The CPU time of a call, in seconds, as measured by an earlier run; 0 if no run measured it.
    /// </summary>
    public double CallSeconds { get; init; }

    /// <summary>Tags of the job in addition to <see cref="Tag"/>.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>
    /// The job that computes this cell. It is not retried, because a pricing method that fails once would fail again,
    /// and one that exceeds its time limit would exceed it again.
    /// </summary>
    public JobRequest Submission =>
        JobRequest.Create(Method.RegisteredNameFor(Problem), Method.ParametersOf(this)) with
        {
            TimeLimit = Task.Limit + Method.StartAllowance,
            Retries = 0,
            Priority = Priority,
            Tags = [Tag, .. Tags],
        };

    /// <summary>
    /// Slow cells run first, starting with the slowest. Otherwise, a slow cell could start last, when the other workers
    /// have nothing left to do. Null for the queue's default.
    /// </summary>
    private int? Priority =>
        CallSeconds < SlowSeconds ? null : (int)Math.Min(MaxPriority, CallSeconds / SlowSeconds);
}
