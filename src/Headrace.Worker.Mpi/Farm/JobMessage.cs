using System.Buffers;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>
/// Converts jobs to a message to another rank, and back. Trace contexts are separate frames before the call, as in the
/// protocol of warm processes.
/// </summary>
internal static class JobMessage
{
    public static byte[] Of(IReadOnlyList<WarmJob> jobs)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var job in jobs)
            if (job.Traceparent.Length > 0)
                WarmCodec.Write(bytes, new WarmFrame.Trace(job.Id, job.Traceparent));
        WarmCodec.Write(bytes, new WarmFrame.CallJobs(jobs));
        return bytes.WrittenSpan.ToArray();
    }

    public static IReadOnlyList<WarmJob> Read(ReadOnlySpan<byte> message)
    {
        var traces = new PendingTraces();
        while (true)
        {
            var frame = RankContext.FrameOf(message, out var used);
            if (frame is WarmFrame.Trace trace)
                traces.Add(trace);
            else
                return traces.TakeFor(((WarmFrame.CallJobs)frame).Jobs);
            message = message[used..];
        }
    }
}
