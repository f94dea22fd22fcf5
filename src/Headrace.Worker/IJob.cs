using Headrace.Core.Jobs;

namespace Headrace.Worker;

/// <summary>
/// The job that a method runs for. A parameter of this type is filled in and is no part of the method's schema.
/// </summary>
public interface IJob
{
    /// <summary>The job's id.</summary>
    JobId Id { get; }

    /// <summary>
    /// Which run of the job this is, from 1. A job may run more than once, so a method with effects outside makes them
    /// idempotent by <see cref="Id"/>,
    /// or tells its runs apart by this number.
    /// </summary>
    int Attempt { get; }

    /// <summary>The queue the job waited in.</summary>
    string Queue { get; }

    /// <summary>The method as the job asked for it, with the version that runs: <c>forecast@2</c>.</summary>
    string Method { get; }

    /// <summary>The body, as submitted.</summary>
    ReadOnlyMemory<byte> Body { get; }

    /// <summary>The content type of the body; null without one.</summary>
    string? ContentType { get; }

    /// <summary>
    /// Says how far the work is: a fraction from 0 to 1, and a few words (at most 1,000 characters are kept). Cheap; at
    /// most two a second are sent, the last one counts.
    /// </summary>
    void Progress(double fraction, string? text = null);

    /// <summary>Adds a line to the attempt's log, of which the last 64 KB are kept.</summary>
    void Log(string line);
}
