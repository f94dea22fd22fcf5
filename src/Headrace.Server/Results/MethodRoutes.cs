using System.Text.Json;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>The routes that return the methods that workers have offered, with their schemas.</summary>
internal sealed class MethodRoutes(IShardRouter shards)
{
    private static readonly RouteDescription List = new("listMethods", "List methods")
    {
        Access = AccessLevel.Read,
        Tag = "methods",
        Replies =
        [
            ReplyDescription.Json<IReadOnlyList<MethodReply>>(
                200,
                "Every known method version; 'workers' is the number of workers that offer it now"
            ),
        ],
    };

    private static readonly RouteDescription Read = new("getMethod", "Read a method")
    {
        Access = AccessLevel.Read,
        Tag = "methods",
        Replies = [ReplyDescription.Json<MethodReply>(200, "The method version with the JSON Schema of its params")],
        Problems = [ProblemKinds.UnknownMethod],
    };

    public void Map(IEndpointRouteBuilder app) =>
        new CatalogRoutes<MethodView, MethodReply>
        {
            Path = "/v1/methods",
            Name = ParameterDescription.Path(
                "method",
                "The method, for example sha512@1. Without a version: the version that a job without a "
                    + "version would run"
            ),
            List = List,
            Read = Read,
            ListAfter = (context, after) => shards.ListMethodsAsync(after, context.RequestAborted),
            FindAsync = FindAsync,
            NameOf = method => new MethodRef(method.Name, method.Version).ToString(),
            // An approximation: only the schemas can be long.
            SizeOf = method => 256 + method.Schema.Length + method.ResultSchema.Length,
            ToReply = View,
            ReplyType = HeadraceJson.Default.MethodReply,
            MissingKind = ProblemKinds.UnknownMethod,
            Missing = name => $"No worker has ever offered the method '{name}'.",
            KnownLabel = "Known methods",
            Empty = "No worker has offered a method yet. Start a worker, then try again.",
        }.Map(app);

    /// <summary>
    /// Finds a method by name. If the name has no version, returns the highest version that a worker currently offers
    /// or, if none is offered, the highest known version.
    /// </summary>
    private async Task<MethodView?> FindAsync(HttpContext context, string name)
    {
        if (!MethodRef.TryParse(name, out var asked))
            return null;
        return (await shards.FindMethodAsync(asked.Name, context.RequestAborted))
            .Where(method => asked.Version == 0 || method.Version == asked.Version)
            .OrderBy(method => method.Workers > 0)
            .ThenBy(method => method.Version)
            .LastOrDefault();
    }

    private static MethodReply View(MethodView method) =>
        new(method.Name.Text, method.Version, Schema(method.Schema), method.Workers)
        {
            ResultSchema = method.ResultSchema.Length > 0 ? Schema(method.ResultSchema) : null,
            Slots = method.Slots,
            OnLost = method.LossPolicy.FailWhenLost ? "fail" : "retry",
            Exclusive = method.LossPolicy.Exclusive,
            MaxWorkerCrashes = method.LossPolicy.MaxWorkerCrashes,
            MaxLostLeases = method.LossPolicy.MaxLostLeases,
            RuntimeInfo = method.RuntimeInfo,
            Unavailable = method.Unavailable,
            Retry = method.Retry == RetryOptions.None ? null : RetryText.ToTerms(method.Retry),
        };

    /// <summary>
    /// Returns a schema for a reply. An empty schema accepts all params and is returned as <c>true</c>. A schema that
    /// an earlier version stored may not be valid JSON. It accepts no params and is returned as <c>false</c>.
    /// </summary>
    private static JsonElement Schema(string text)
    {
        if (text.Length == 0)
            return JsonElement.Parse("true");
        try
        {
            var schema = JsonElement.Parse(text);
            // An escaped lone surrogate can be parsed but not written. It must be detected before the reply starts.
            if (text.Contains("\\u", StringComparison.Ordinal))
                JsonSerializer.SerializeToUtf8Bytes(schema, HeadraceJson.Default.JsonElement);
            return schema;
        }
        catch (Exception unreadable)
            when (unreadable is JsonException or InvalidOperationException or ArgumentException)
        {
            return JsonElement.Parse("false");
        }
    }
}
