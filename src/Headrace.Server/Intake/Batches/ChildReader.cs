using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Access;
using Headrace.Server.Http;
using Headrace.Server.Jobs;

namespace Headrace.Server.Intake.Batches;

/// <summary>Reads the jobs that running attempts submit.</summary>
internal sealed class ChildReader(Admission admission) : IChildReader
{
    public async ValueTask<Result<NewJob>> ReadAsync(
        SubmitJob message,
        Caller owner,
        QueueName queueOfParent,
        CancellationToken cancellationToken
    )
    {
        if (message.IdempotencyKey.Length > 0)
            return Problem.BadRequest(
                "idempotency_key is set, but a job that an attempt submits has none. Leave it out: the number of the "
                    + "submission is enough."
            );
        if (message.Queue.Length == 0)
            message.Queue = queueOfParent.Text;
        if (!SubmitJobReader.Read(message, message.Body.ToArray(), owner).TryGet(out var job, out var problem))
            return problem;
        return await admission.PrepareAsync(job, cancellationToken);
    }
}
