using System.Text.Json;
using Headrace.Apps.Pipeline.Chains;
using Headrace.Apps.Pipeline.Messages;

namespace Headrace.Apps.Pipeline.Serving;

/// <summary>A request that has become a job, and the number of its simulation.</summary>
/// <param name="Message">The name of the message.</param>
/// <param name="Request">The request.</param>
/// <param name="Try">The number of the job, counted from 1, if earlier ones returned no value.</param>
internal sealed record ServedRequest(string Message, PipelineRequest Request, int Try)
{
    public string KeyIn(string run) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{run}/{Message}/{Try}"
    );

    /// <summary>The key of the response. Each request has one.</summary>
    public string ResponseKeyIn(string run) => $"{run}/{Message}/response";
}

/// <summary>Keeps a <see cref="ServedRequest"/> in the tags and params of its job.</summary>
internal static class RequestTags
{
    /// <summary>A name that is longer belongs to no registered method.</summary>
    public const int MaxMethod = 56;

    public static IReadOnlyList<string> Write(ServedRequest served, string run)
    {
        List<string> tags =
        [
            $"{ChainTags.Run}={run}",
            $"message={served.Message}",
            $"method={served.Request.Method}",
            ChainTags.Number("try", served.Try),
        ];
        if (served.Request.Param is { } param)
            tags.Add(ChainTags.Number("param", param));
        return tags;
    }

    /// <summary>Returns the request; null if the job does not belong to the run.</summary>
    public static ServedRequest? Read(IReadOnlyList<string>? tags, JsonElement? values, string run)
    {
        if (
            ChainTags.Find(tags, ChainTags.Run) != run
            || ChainTags.Find(tags, "message") is not { } message
            || ChainTags.Find(tags, "method") is not { } method
            || ChainTags.FindNumber(tags, "try") is not { } number
        )
            return null;
        var param = ChainTags.FindNumber(tags, "param");
        return new ServedRequest(
            message,
            new PipelineRequest(method, param) { Params = param is null ? values ?? JsonElement.Parse("{}") : null },
            (int)number
        );
    }
}
