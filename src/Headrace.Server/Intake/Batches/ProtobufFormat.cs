using System.Buffers;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Access;
using Headrace.Server.Http;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// Reads a <c>SubmitBatch</c> job by job and writes a <c>SubmitReply</c> result by result. A message with one repeated
/// field is encoded as the sequence of its elements, so a batch of any size needs only the memory for one job.
/// </summary>
internal sealed class ProtobufFormat : IBatchFormat
{
    /// <summary>
    /// The tag of <c>SubmitBatch.jobs</c> and of <c>SubmitReply.results</c>: field 1, length-delimited.
    /// </summary>
    private const byte ElementTag = (1 << 3) | (byte)WireType.Bytes;

    /// <summary>
    /// Maximum length in bytes of an encoded job size. Five bytes can encode sizes below 2^35, far more than the limit.
    /// </summary>
    private const int MaxLengthBytes = 5;

    private int _number;
    private long _skip;
    private bool _broken;

    public string ReplyType => "application/x-protobuf";

    public bool TryTake(ref ReadOnlySequence<byte> buffer, bool completed, out BatchFrame frame)
    {
        frame = default;
        var skipped = Math.Min(_skip, buffer.Length);
        buffer = buffer.Slice(skipped);
        _skip -= skipped;
        if (_broken || buffer.IsEmpty)
            return false;

        var reader = new SequenceReader<byte>(buffer);
        reader.TryRead(out var tag);
        if (tag != ElementTag)
            return Fail(
                out frame,
                ref buffer,
                $"byte 0x{tag:x2} does not start a job; the only field of SubmitBatch is jobs = 1"
            );
        if (!TryReadLength(ref reader, out var length, out var malformed))
            return (malformed || completed)
                && Fail(
                    out frame,
                    ref buffer,
                    malformed ? "a length is not a valid varint" : "the data ends inside a length"
                );
        if (length > JobRequestReader.MaxBytes)
        {
            buffer = buffer.Slice(reader.Position);
            _skip = length;
            frame = new BatchFrame(
                ++_number,
                default,
                new Problem(
                    ProblemKinds.TooLarge,
                    $"Job {_number} of the batch is {length} bytes; the limit is {JobRequestReader.MaxBytes} bytes."
                )
            );
            return true;
        }
        if (reader.Remaining < length)
            return completed && Fail(out frame, ref buffer, $"the data ends inside a job of {length} bytes");
        frame = new BatchFrame(++_number, buffer.Slice(reader.Position, length));
        buffer = buffer.Slice(buffer.GetPosition(length, reader.Position));
        return true;
    }

    public Result<NewJob> Read(in ReadOnlySequence<byte> frame, Caller caller)
    {
        try
        {
            if (frame.IsSingleSegment)
            {
                var message = SubmitJob.Read(frame.First);
                return SubmitJobReader.Read(message, message.Body.ToArray(), caller);
            }
            // The body of a large job is copied only once: the job refers to part of this array.
            var copy = SubmitJob.Read(frame.ToArray());
            var isMostlyBody = copy.Body.Length > frame.Length - (frame.Length >> 4);
            return SubmitJobReader.Read(copy, isMostlyBody ? copy.Body : copy.Body.ToArray(), caller);
        }
        catch (WireFormatException fault)
        {
            return Problem.BadRequest($"The job is not a valid SubmitJob message: {fault.Message}");
        }
    }

    public void Write(BatchAnswer answer, IBufferWriter<byte> output)
    {
        var result = answer.Problem is { } problem
            ? new SubmitReplyResult { Problem = Of(problem) }
            : new SubmitReplyResult
            {
                Id = (ulong)answer.Id.Value,
                State = answer.State == JobState.None ? "" : answer.State.ToWireName(),
                Repeated = answer.Repeated,
            };
        var size = WireWriter.SizeOf(result);
        var span = output.GetSpan(1 + MaxLengthBytes + size);
        span[0] = ElementTag;
        var head = 1 + WriteLength(span[1..], size);
        WireWriter.Write(result, span.Slice(head, size));
        output.Advance(head + size);
    }

    private static SubmitReplyProblem Of(Problem problem) =>
        new()
        {
            Type = problem.Kind.Address,
            Status = (uint)problem.Kind.Status,
            Detail = problem.Detail,
            RetryAfter = problem.RetryAfter is { } after ? WireTime.Of(after) : null,
        };

    /// <summary>
    /// Ends the batch with a final answer that reports the error. The reader cannot find the next frame after such an
    /// error.
    /// </summary>
    private bool Fail(out BatchFrame frame, ref ReadOnlySequence<byte> buffer, string why)
    {
        _broken = true;
        buffer = buffer.Slice(buffer.End);
        frame = new BatchFrame(
            ++_number,
            default,
            Problem.BadRequest(
                $"The batch cannot be parsed after job {_number - 1}: {why}. No jobs after that one were submitted."
            ),
            IsLast: true
        );
        return true;
    }

    private static bool TryReadLength(ref SequenceReader<byte> reader, out long length, out bool malformed)
    {
        length = 0;
        malformed = false;
        for (var i = 0; i < MaxLengthBytes; i++)
        {
            if (!reader.TryRead(out var part))
                return false;
            length |= (long)(part & 0x7F) << (7 * i);
            if ((part & 0x80) == 0)
                return true;
        }
        malformed = true;
        return false;
    }

    private static int WriteLength(Span<byte> span, int length)
    {
        var written = 0;
        for (; length >= 0x80; length >>= 7)
            span[written++] = (byte)(length | 0x80);
        span[written++] = (byte)length;
        return written;
    }
}
