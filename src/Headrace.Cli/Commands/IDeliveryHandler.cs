using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>What a consumer does with a delivered job.</summary>
internal interface IDeliveryHandler
{
    /// <summary>Processes a job. Returns true if the job may be acknowledged.</summary>
    Task<bool> HandleAsync(JobReply job, CancellationToken cancellationToken);
}
