using System.Collections.Concurrent;
using System.Text.Json;
using Headrace.Protocol.Json;

namespace Headrace.Client;

/// <summary>
/// The parameters of a submission as JSON. Schemas are fetched when text arguments first need one, and kept: a method's
/// version never changes its schema.
/// </summary>
internal sealed class MethodSchemas(Calls calls)
{
    private readonly ConcurrentDictionary<string, JsonElement> _known = new();

    public async ValueTask<JsonElement?> ReadParamsAsync(Submission job, CancellationToken cancellationToken)
    {
        if (job.Arguments.Count == 0)
            return job.Params;
        if (!_known.TryGetValue(job.Method, out var schema))
        {
            var method = await calls.GetAsync(
                $"v1/methods/{Uri.EscapeDataString(job.Method)}",
                HeadraceJson.Default.MethodReply,
                cancellationToken
            );
            schema = _known.GetOrAdd(job.Method, method.Schema);
        }
        return JsonElement.Parse(TextParams.Read(schema, job.Arguments));
    }
}
