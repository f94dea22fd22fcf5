using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>Takes one job that is well formed: the way into the queue for every room that submits jobs.</summary>
internal interface IAdmission
{
    /// <summary>
    /// Checks the params by the method's schema and submits the job; the result comes once the job is durable.
    /// </summary>
    Task<Result<SubmitResult>> SubmitAsync(NewJob job, CancellationToken cancellationToken);
}
