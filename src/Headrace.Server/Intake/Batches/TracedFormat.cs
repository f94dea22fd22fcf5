using System.Buffers;
using Headrace.Core.Jobs;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Telemetry;

namespace Headrace.Server.Intake.Batches;

/// <summary>Adds the trace context of the request to each job in a batch that does not specify one.</summary>
internal sealed class TracedFormat(IBatchFormat format, SubmissionTrace trace) : IBatchFormat
{
    public string ReplyType => format.ReplyType;

    public bool TryTake(ref ReadOnlySequence<byte> buffer, bool completed, out BatchFrame frame) =>
        format.TryTake(ref buffer, completed, out frame);

    public Result<NewJob> Read(in ReadOnlySequence<byte> frame, Caller caller)
    {
        if (!format.Read(frame, caller).TryGet(out var job, out var problem))
            return problem;
        return trace.Continue(job);
    }

    public void Write(BatchAnswer answer, IBufferWriter<byte> output) => format.Write(answer, output);
}
