using System.Buffers.Binary;
using System.Diagnostics;
using Headrace.Mpi;
using Headrace.Worker.Exchange;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Processes;

/// <summary>Converts the result or the exception of a method to a frame, and finds the frames that end jobs.</summary>
internal static class JobFrames
{
    private const int LengthSize = sizeof(uint);
    private const int IdOffset = LengthSize + 1;

    /// <summary>
    /// Runs a job. Returns the frame that ends the job. A stack trace, if any, is written to the job's log.
    /// </summary>
    public static WarmFrame Run(RankDelegate method, RankJob job, ICommunicator? ranks)
    {
        // The calls of the method to other services continue the trace of the submission.
        using var activity = job.Traceparent is { } trace ? new Activity("process").SetParentId(trace).Start() : null;
        // Catches every exception, so that a failing job never affects the rank.
        try
        {
            var result = method.Call(job, ranks);
            return new WarmFrame.Result(job.FrameId, result.ContentType, result.Bytes);
        }
        catch (Exception thrown)
        {
            var (_, error) = ExceptionOutcome.Of(thrown);
            if (error.Detail.Length > 0)
                job.Log(error.Detail);
            return new WarmFrame.Error(
                job.FrameId,
                thrown is JobRejectedException ? WarmErrorKind.Reject
                    : error.Retryable ? WarmErrorKind.Retry
                    : WarmErrorKind.Fail,
                error.Message
            );
        }
    }

    /// <summary>Returns the ids of the jobs that these complete frames end.</summary>
    public static List<uint> EndedBy(ReadOnlySpan<byte> frames)
    {
        var ended = new List<uint>();
        while (frames.Length >= IdOffset)
        {
            if (frames[LengthSize] is (byte)'o' or (byte)'e')
                ended.Add(BinaryPrimitives.ReadUInt32LittleEndian(frames[IdOffset..]));
            frames = frames[(LengthSize + (int)BinaryPrimitives.ReadUInt32LittleEndian(frames))..];
        }
        return ended;
    }
}
