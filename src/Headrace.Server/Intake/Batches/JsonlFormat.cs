using System.Buffers;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Access;
using Headrace.Server.Http;

namespace Headrace.Server.Intake.Batches;

/// <summary>
/// Reads one JSON job per line and writes one answer per line. Blank lines count as lines but get no answer. A line
/// that is too long is skipped and rejected individually.
/// </summary>
internal sealed class JsonlFormat : IBatchFormat
{
    private int _line;

    /// <summary>True while the rest of a rejected line is being discarded.</summary>
    private bool _skipping;

    public string ReplyType => "application/jsonl";

    public bool TryTake(ref ReadOnlySequence<byte> buffer, bool completed, out BatchFrame frame)
    {
        while (TryTakeLine(ref buffer, completed, out var line, out var tooLong))
        {
            if (!tooLong && IsBlank(line))
                continue;
            frame = tooLong
                ? new BatchFrame(
                    _line,
                    default,
                    new Problem(
                        ProblemKinds.TooLarge,
                        $"Line {_line} exceeds the limit of {JobRequestReader.MaxBytes} bytes per line."
                    )
                )
                : new BatchFrame(_line, line);
            return true;
        }
        frame = default;
        return false;
    }

    public Result<NewJob> Read(in ReadOnlySequence<byte> frame, Caller caller) =>
        JobRequestReader.Read(frame.IsSingleSegment ? frame.FirstSpan : frame.ToArray(), caller);

    public void Write(BatchAnswer answer, IBufferWriter<byte> output)
    {
        var line = answer.Problem is { } problem
            ? new BatchLine { Line = answer.Line, Problem = problem.ToReply() }
            : new BatchLine
            {
                Line = answer.Line,
                Id = answer.Id.ToString(),
                State = answer.State == JobState.None ? null : answer.State.ToWireName(),
                Repeated = answer.Repeated ? true : null,
            };
        JsonText.Write(output, line, HeadraceJson.Default.BatchLine);
        output.Write("\n"u8);
    }

    /// <summary>
    /// Takes the next line, without its line ending, from the buffer. If the line exceeds the limit, sets
    /// <paramref name="tooLong"/>.
    /// </summary>
    private bool TryTakeLine(
        ref ReadOnlySequence<byte> buffer,
        bool completed,
        out ReadOnlySequence<byte> line,
        out bool tooLong
    )
    {
        line = default;
        tooLong = false;
        if (_skipping && !TrySkip(ref buffer))
            return false;
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
        }
        else if (buffer.Length > JobRequestReader.MaxBytes || (completed && buffer.Length > 0))
        {
            line = buffer;
            buffer = buffer.Slice(buffer.End);
            _skipping = !completed;
        }
        else
        {
            return false;
        }
        _line++;
        tooLong = line.Length > JobRequestReader.MaxBytes;
        return true;
    }

    private bool TrySkip(ref ReadOnlySequence<byte> buffer)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            _skipping = false;
            return true;
        }
        buffer = buffer.Slice(buffer.End);
        return false;
    }

    private static bool IsBlank(in ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
            if (part.Span.ContainsAnyExcept(" \t\r"u8))
                return false;
        return true;
    }
}
