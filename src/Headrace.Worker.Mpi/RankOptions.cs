namespace Headrace.Worker.Mpi;

/// <summary>Specifies how the ranks of a method run.</summary>
public sealed record RankOptions
{
    /// <summary>Gets the number of ranks, 1 to 256. Each occupies a slot of the worker. Default: 2.</summary>
    public int Ranks { get; init; } = 2;

    /// <summary>
    /// Specifies whether the ranks are processes or threads, and which MPI library they use. Default:
    /// <see cref="RankImplementation.Auto"/>. A single rank is always a thread.
    /// </summary>
    public RankImplementation Implementation { get; init; }

    /// <summary>
    /// Gets the number of jobs that the group receives at once, 1 to 256. Default: 256. A method that uses a
    /// communicator receives one job at a time.
    /// </summary>
    public int BatchSize { get; init; } = 256;
}
