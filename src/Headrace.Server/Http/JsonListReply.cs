using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>A JSON array whose elements are created one at a time, as fast as the client reads them.</summary>
internal sealed class JsonListReply<T>(IEnumerable<T> items, JsonTypeInfo<T> type) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var output = new JsonStream(httpContext.Response, httpContext.RequestAborted);
        output.Write("["u8);
        var isFirst = true;
        foreach (var item in items)
        {
            if (!isFirst)
                output.Write(","u8);
            isFirst = false;
            output.Write(item, type);
            await output.PaceAsync();
        }
        output.Write("]"u8);
        await output.CompleteAsync();
    }
}
