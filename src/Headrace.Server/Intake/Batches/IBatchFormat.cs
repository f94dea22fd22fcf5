using System.Buffers;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// One way to write many jobs into a request and their answers into its reply. An instance serves one request and keeps
/// its place in it.
/// </summary>
internal interface IBatchFormat
{
    string ReplyType { get; }

    /// <summary>
    /// Takes the next job's bytes off the front of the buffer; false when more bytes are needed, or none are left.
    /// </summary>
    bool TryTake(ref ReadOnlySequence<byte> buffer, bool completed, out BatchFrame frame);

    Result<NewJob> Read(in ReadOnlySequence<byte> frame, string owner);

    void Write(BatchAnswer answer, IBufferWriter<byte> output);
}

/// <summary>
/// The bytes of one job, or the problem with them; after the <paramref name="IsLast"/> frame nothing more can be read.
/// </summary>
internal readonly record struct BatchFrame(
    int Line,
    ReadOnlySequence<byte> Bytes,
    Problem? Problem = null,
    bool IsLast = false
);

/// <summary>What became of one job of a batch.</summary>
internal readonly record struct BatchAnswer(int Line, JobId Id, JobState State, Problem? Problem);
