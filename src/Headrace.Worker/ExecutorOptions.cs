using Headrace.Worker.Leases;

namespace Headrace.Worker;

/// <summary>
/// Contains the information that the server and the worker need about a method that an executor runs.
/// </summary>
public sealed record ExecutorOptions
{
    /// <summary>
    /// Gets the JSON Schema of the params, as JSON text. Default: any object. The server validates params against it
    /// and rejects a worker whose schema is not valid.
    /// </summary>
    public string Schema { get; init; } = """{"type":"object"}""";

    /// <summary>Gets the JSON Schema of the result, as JSON text. Default: empty, which allows any result.</summary>
    public string ResultSchema { get; init; } = "";

    /// <summary>
    /// Gets the maximum number of jobs that one call runs at the same time, 1 to 256. Default: 1. The jobs of a call
    /// share one slot.
    /// </summary>
    public int MaxConcurrency { get; init; } = 1;

    /// <summary>
    /// Gets the maximum number of jobs in a batch, 1 to 256; 0 for a method without batches. Default: 0. The call reads
    /// batches with <see cref="JobReader.ReadBatchesAsync"/> and gets the next one when it reads again.
    /// </summary>
    public int MaxBatchSize { get; init; }

    /// <summary>
    /// Gets the time for which the first job in a batch waits for others, 0 to 1 second. Default: 0, which starts a
    /// batch with the jobs that are available.
    /// </summary>
    public TimeSpan MaxWait { get; init; }

    /// <summary>
    /// Gets the sizes at which a batch starts at once even though more jobs would fit and <see cref="MaxWait"/> has not
    /// passed, each between 1 and <see cref="MaxBatchSize"/>. Default: none. If the available jobs fill several of
    /// these sizes, the largest one applies.
    /// </summary>
    public IReadOnlyList<int> PreferredBatchSizes { get; init; } = [];

    internal Shape ToShape() =>
        this switch
        {
            { MaxBatchSize: > 0 } => new Shape(ShapeKind.Batch, MaxBatchSize, MaxWait)
            {
                CanKill = true,
                PreferredSizes = [.. PreferredBatchSizes.Order()],
            },
            { MaxConcurrency: > 1 } => new Shape(ShapeKind.Stream, MaxConcurrency, TimeSpan.Zero) { CanKill = true },
            _ => Shape.Single with { CanKill = true },
        };
}
