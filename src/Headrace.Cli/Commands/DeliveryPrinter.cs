using Headrace.Client;
using Headrace.Commands;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Cli.Commands;

/// <summary>Prints delivered jobs with their results, one line each.</summary>
internal sealed class DeliveryPrinter(CommandContext context, HeadraceClient client) : IDeliveryHandler
{
    public async Task<bool> HandleAsync(JobReply job, CancellationToken cancellationToken)
    {
        if (context.Json)
            context.Terminal.WriteLine(Format.Json(job, HeadraceJson.Default.JobReply));
        else
            context.Terminal.WriteRow(job.Id, Format.State(job), await ResultAsync(job, cancellationToken));
        return true;
    }

    private async Task<string> ResultAsync(JobReply job, CancellationToken cancellationToken)
    {
        if (!job.HasSucceeded())
            return job.Error?.Message ?? "-";
        if (job.Result is null && job.ResultBytes is null or 0)
            return "-";
        if (job.Result is null)
            return $"{Format.Size(job.ResultBytes)} of {job.ResultType}";
        return (await client.GetResultAsync(job.Id, cancellationToken)).Text;
    }
}
