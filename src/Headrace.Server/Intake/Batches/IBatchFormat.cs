using System.Buffers;
using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Http;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// A format for the jobs in a batch request and their answers in the reply. Each instance serves one request and tracks
/// the read position in that request.
/// </summary>
internal interface IBatchFormat
{
    string ReplyType { get; }

    /// <summary>
    /// Takes the bytes of the next job from the start of the buffer. Returns false if more bytes are needed or if none
    /// are left.
    /// </summary>
    bool TryTake(ref ReadOnlySequence<byte> buffer, bool completed, out BatchFrame frame);

    Result<NewJob> Read(in ReadOnlySequence<byte> frame, Caller caller);

    void Write(BatchAnswer answer, IBufferWriter<byte> output);
}

/// <summary>
/// The bytes of one job, or the problem with them. If <paramref name="IsLast"/> is true, nothing more can be read after
/// this frame.
/// </summary>
internal readonly record struct BatchFrame(
    int Line,
    ReadOnlySequence<byte> Bytes,
    Problem? Problem = null,
    bool IsLast = false
);

/// <summary>The answer for one job in a batch.</summary>
internal readonly record struct BatchAnswer(int Line, JobId Id, JobState State, Problem? Problem)
{
    /// <summary>Whether an earlier job was submitted with the same idempotency key.</summary>
    public bool Repeated { get; init; }
}
