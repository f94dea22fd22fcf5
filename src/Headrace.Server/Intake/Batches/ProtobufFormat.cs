using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Headrace.Core.Jobs;
using Headrace.Protocol.Wire;
using Headrace.Server.Http;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// <c>SubmitBatch</c> in, <c>SubmitReply</c> out, both taken apart by hand at the outermost level: a message with one
/// repeated field is its elements one after the
/// other, so a batch of any length needs no more memory than one of its jobs.
/// </summary>
internal sealed class ProtobufFormat : IBatchFormat
{
    private static readonly byte JobsTag = (byte)
        WireFormat.MakeTag(SubmitBatch.JobsFieldNumber, WireFormat.WireType.LengthDelimited);
    private static readonly byte ResultsTag = (byte)
        WireFormat.MakeTag(SubmitReply.ResultsFieldNumber, WireFormat.WireType.LengthDelimited);

    /// <summary>A length below 2^35 has up to five bytes; ours are far below.</summary>
    private const int LongestLength = 5;

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
        if (tag != JobsTag)
            return Break(
                out frame,
                ref buffer,
                $"byte 0x{tag:x2} begins no job: SubmitBatch has the field jobs = 1 and no other"
            );
        if (!TryReadLength(ref reader, out var length, out var malformed))
            return (malformed || completed)
                && Break(out frame, ref buffer, malformed ? "a length is malformed" : "it ends within a length");
        if (length > JobRequestReader.MostBytes)
        {
            buffer = buffer.Slice(reader.Position);
            _skip = length;
            frame = new BatchFrame(
                ++_number,
                default,
                new Problem(
                    ProblemKinds.TooLarge,
                    $"Job {_number} of the batch has {length} bytes; the limit is {JobRequestReader.MostBytes}."
                )
            );
            return true;
        }
        if (reader.Remaining < length)
            return completed && Break(out frame, ref buffer, $"it ends within a job of {length} bytes");
        frame = new BatchFrame(++_number, buffer.Slice(reader.Position, length));
        buffer = buffer.Slice(buffer.GetPosition(length, reader.Position));
        return true;
    }

    public Checked<NewJob> Read(in ReadOnlySequence<byte> frame, string owner)
    {
        try
        {
            return SubmitJobReader.Read(SubmitJob.Parser.ParseFrom(frame), owner);
        }
        catch (InvalidProtocolBufferException fault)
        {
            return Problem.BadRequest($"The job is no SubmitJob message: {fault.Message}");
        }
    }

    public void Write(BatchAnswer answer, IBufferWriter<byte> output)
    {
        var result = answer.Problem is { } problem
            ? new SubmitReply.Types.Result { Problem = Of(problem) }
            : new SubmitReply.Types.Result { Id = (ulong)answer.Id.Value };
        var size = result.CalculateSize();
        // The generated writer asks the output for room out of order, so the room is asked for here.
        var span = output.GetSpan(1 + LongestLength + size);
        span[0] = ResultsTag;
        var head = 1 + WriteLength(span[1..], size);
        result.WriteTo(span.Slice(head, size));
        output.Advance(head + size);
    }

    private static SubmitReply.Types.Problem Of(Problem problem)
    {
        var wire = new SubmitReply.Types.Problem
        {
            Type = problem.Kind.Address,
            Status = (uint)problem.Kind.Status,
            Detail = problem.Detail,
        };
        if (problem.RetryAfter is { } after)
            wire.RetryAfter = Duration.FromTimeSpan(after);
        return wire;
    }

    /// <summary>The frames are lost from here on: one last answer says so.</summary>
    private bool Break(out BatchFrame frame, ref ReadOnlySequence<byte> buffer, string why)
    {
        _broken = true;
        buffer = buffer.Slice(buffer.End);
        frame = new BatchFrame(
            ++_number,
            default,
            Problem.BadRequest(
                $"The batch cannot be read after job {_number - 1}: {why}. Nothing after that was submitted."
            ),
            IsLast: true
        );
        return true;
    }

    private static bool TryReadLength(ref SequenceReader<byte> reader, out long length, out bool malformed)
    {
        length = 0;
        malformed = false;
        for (var i = 0; i < LongestLength; i++)
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
