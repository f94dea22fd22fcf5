namespace Headrace.Worker.Warm;

/// <summary>A message between the worker and a warm process (docs/warm-protocol.md).</summary>
internal abstract record WarmFrame
{
    /// <summary>The worker states the version of the protocol, the largest batch and the method.</summary>
    public sealed record Hello(uint Version, uint MaxBatch, string Method) : WarmFrame;

    /// <summary>The process is ready for calls.</summary>
    public sealed record Ready(uint Version) : WarmFrame;

    /// <summary>Jobs to run: one, or a batch.</summary>
    public sealed record CallJobs(IReadOnlyList<WarmJob> Jobs) : WarmFrame;

    /// <summary>The W3C trace context of a job in the next call.</summary>
    public sealed record Trace(uint Id, string Traceparent) : WarmFrame;

    /// <summary>
    /// A job should stop. The reason is a sentence, which only processes of version 2 receive; for others it is empty.
    /// </summary>
    public sealed record Cancel(uint Id, string Reason = "") : WarmFrame;

    /// <summary>The process should exit once its running jobs have ended.</summary>
    public sealed record Stop : WarmFrame;

    /// <summary>The progress of a job, from 0 to 1.</summary>
    public sealed record Progress(uint Id, double Fraction, string Text) : WarmFrame;

    /// <summary>Lines for the log of a job; id 0 stands for all jobs that the process is running.</summary>
    public sealed record Log(uint Id, ReadOnlyMemory<byte> Lines) : WarmFrame;

    /// <summary>A job has succeeded.</summary>
    public sealed record Result(uint Id, string ContentType, ReadOnlyMemory<byte> Bytes) : WarmFrame;

    /// <summary>A job has failed. The type is a short name for the kind of failure.</summary>
    public sealed record Error(uint Id, WarmErrorKind Kind, string Message, string Type = Error.NoType) : WarmFrame
    {
        /// <summary>The type of an error whose frame does not specify one.</summary>
        public const string NoType = "Error";
    }

    /// <summary>A job submits children. The process chooses the number of the request.</summary>
    public sealed record Submit(uint Id, uint Request, IReadOnlyList<WarmChild> Children) : WarmFrame;

    /// <summary>The children of a request were accepted.</summary>
    public sealed record Accepted(uint Id, uint Request, IReadOnlyList<ulong> Children) : WarmFrame;

    /// <summary>No child of a request was accepted. The kind is that of a problem, such as <c>queue-full</c>.</summary>
    public sealed record Refused(uint Id, uint Request, string Kind, string Message) : WarmFrame;

    /// <summary>A rank of a group joins (docs/mpi.md).</summary>
    public sealed record Join(uint Version, uint Rank, uint Size, ulong Epoch) : WarmFrame;

    /// <summary>A rank of a group is alive.</summary>
    public sealed record Heartbeat : WarmFrame;

    /// <summary>A result that is too large to be read. Its bytes were skipped.</summary>
    public sealed record SkippedResult(uint Id, long Length) : WarmFrame;
}

/// <summary>The consequence of a job's failure. The numeric values are part of the protocol.</summary>
internal enum WarmErrorKind
{
    /// <summary>Another attempt may succeed.</summary>
    Retry = 0,

    /// <summary>Another attempt would fail as well.</summary>
    Fail = 1,

    /// <summary>The input is invalid.</summary>
    Reject = 2,
}

/// <summary>A job in the form in which a warm process receives it.</summary>
/// <param name="Id">Identifies the job between this worker and this process.</param>
/// <param name="Job">The id of the job.</param>
/// <param name="Attempt">The number of the attempt.</param>
/// <param name="Params">The params: JSON in UTF-8, or empty.</param>
/// <param name="ContentType">The content type of the body; empty if there is none.</param>
/// <param name="Body">The body.</param>
internal sealed record WarmJob(
    uint Id,
    ulong Job,
    uint Attempt,
    ReadOnlyMemory<byte> Params,
    string ContentType,
    ReadOnlyMemory<byte> Body
)
{
    /// <summary>
    /// The W3C trace context of the attempt; empty if there is none. It is sent in a separate frame, which only
    /// processes of version 2 receive.
    /// </summary>
    public string Traceparent { get; init; } = "";
}

/// <summary>A child as a warm process submits it.</summary>
/// <param name="Description">A JSON object with the members of a submission, except the body.</param>
/// <param name="Body">The body.</param>
internal sealed record WarmChild(ReadOnlyMemory<byte> Description, ReadOnlyMemory<byte> Body);

/// <summary>A message that the protocol does not allow.</summary>
internal sealed class WarmProtocolException(string message) : Exception(message);
