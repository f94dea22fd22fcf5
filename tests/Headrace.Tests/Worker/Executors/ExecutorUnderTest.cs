using Headrace.Worker;

namespace Headrace.Tests.Worker.Executors;

/// <summary>The work of a test's job, given its parameter <c>i</c> and the token that stops it.</summary>
public delegate Task<object?> Work(JobContext job, int i, CancellationToken stop);

/// <summary>
/// Maps a test's work as a method of one kind, so that the same tests cover every kind. For each kind, a subclass of
/// each test class runs the tests.
/// </summary>
public abstract class ExecutorUnderTest
{
    /// <summary>
    /// The maximum number of concurrent jobs in one call, for the kinds whose calls take several jobs.
    /// </summary>
    protected const int Concurrency = 4;

    /// <summary>
    /// Minimum real time between two steps of a scene's clock. Executors that start processes need more real time.
    /// </summary>
    public virtual TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// Maps the work as the method <paramref name="name"/>, whose parameter <c>i</c> is 0 by default.
    /// </summary>
    public abstract MethodBuilder Map(HeadraceWorker app, string name, Work work);
}

/// <summary>An executor that can end a job whose work ignores cancellation.</summary>
public abstract class KillingExecutorUnderTest : ExecutorUnderTest
{
    /// <summary>
    /// Returns a value that makes the job's process exit when the work returns that value. An executor without
    /// processes reports the outcome that it would report if a process had crashed.
    /// </summary>
    public abstract object Death { get; }
}
