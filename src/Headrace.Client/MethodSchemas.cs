using System.Collections.Concurrent;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// Converts the parameters of a job request to JSON. A schema is fetched when text arguments first require it, and is
/// then cached, because the schema of a method version never changes.
/// </summary>
internal sealed class MethodSchemas(RetryingTransport retryingTransport)
{
    private readonly ConcurrentDictionary<string, JsonElement> _known = new();

    public async ValueTask<JsonElement?> ReadParamsAsync(JobRequest job, CancellationToken cancellationToken)
    {
        if (job.Arguments.Count == 0)
            return job.Params;
        if (!_known.TryGetValue(job.Method, out var schema))
        {
            var method = await retryingTransport.GetAsync(
                $"v1/methods/{Uri.EscapeDataString(job.Method)}",
                HeadraceJson.Default.MethodReply,
                cancellationToken
            );
            schema = _known.GetOrAdd(job.Method, method.Schema);
        }
        return JsonElement.Parse(TextParams.Read(schema, job.Arguments));
    }
}
