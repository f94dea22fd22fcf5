using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Access;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>Reads the jobs that running attempts submit, by the rules for the jobs of clients.</summary>
internal interface IChildReader
{
    /// <summary>
    /// Returns the job with validated params. It does not refer to the message. A message without a queue names that of
    /// the parent.
    /// </summary>
    ValueTask<Result<NewJob>> ReadAsync(
        SubmitJob message,
        Caller owner,
        QueueName queueOfParent,
        CancellationToken cancellationToken
    );
}
