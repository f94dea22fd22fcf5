using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Headrace.Server.Http;

/// <summary>
/// A JSON reply with a Content-Length header. Some simple clients cannot read replies without this header.
/// </summary>
internal sealed class JsonReply<T>(
    T value,
    JsonTypeInfo<T> type,
    int status = StatusCodes.Status200OK,
    string contentType = "application/json"
) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var bytes = JsonText.Of(value, type);
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        response.Headers.XContentTypeOptions = "nosniff";
        await response.Body.WriteAsync(bytes, httpContext.RequestAborted);
    }
}
