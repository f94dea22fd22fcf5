using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Server.Http;

namespace Headrace.Server.Jobs;

/// <summary>Submits well-formed jobs. All code that submits single jobs uses this interface.</summary>
internal interface IAdmission
{
    /// <summary>
    /// Validates the params against the schema of the method and submits the job. Completes when the job is durable.
    /// </summary>
    Task<Result<SubmitResult>> SubmitAsync(NewJob job, CancellationToken cancellationToken);
}
