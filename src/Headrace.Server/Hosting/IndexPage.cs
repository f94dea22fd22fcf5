using System.Net;
using System.Reflection;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Hosting;

/// <summary><c>GET /</c>: what this is, where things are, and first commands that can be pasted as they are.</summary>
internal sealed class IndexPage(ServerOptions options)
{
    private static readonly RouteDescription Description = new("getIndex", "Say what this is")
    {
        Tag = "about",
        Access = AccessLevel.Public,
        Replies = [new ReplyDescription(200, "text/plain", null, "A short page; HTML where Accept prefers it")],
    };

    private static readonly string Version =
        typeof(IndexPage)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "";

    public void Map(IEndpointRouteBuilder app) =>
        app.Map("GET", "/", Description, context => Task.FromResult<IResult>(Page(context, app.DataSources)));

    private TextPage Page(HttpContext context, IEnumerable<EndpointDataSource> routes)
    {
        var request = context.Request;
        var address = $"{request.Scheme}://{(request.Host.HasValue ? request.Host.Value : "localhost")}";
        // The folder names the user's home: it is told to those who could look at it anyway.
        var data = IsLocal(context.Connection.RemoteIpAddress) ? Path.GetFullPath(options.Data) : "DATA";
        return new TextPage($"Headrace {Version}")
            .Paragraph(
                "Headrace runs jobs: durable, parallel, fed by queues. A job that was answered with 202 is on disk; a worker process runs it, and its result is kept under its number."
            )
            .Heading("First commands")
            .Listing([
                $"KEY=$(cat {Quoted(data + "/admin.key")})",
                "",
                "# the SHA-512 of 'hello', hashed 1000 times; waits for the result",
                $"curl -H \"Authorization: Bearer $KEY\" -H 'Prefer: wait=10' --data-binary hello '{address}/v1/jobs?method=sha512&iterations=1000'",
                "",
                "# what the workers offer, and the latest results",
                $"curl -H \"Authorization: Bearer $KEY\" {address}/v1/methods",
                $"curl -H \"Authorization: Bearer $KEY\" '{address}/v1/results?top=5'",
                "",
                "# the same from the command line, which finds address and key by itself",
                "headrace run sha512 iterations=1000 --input FILE",
            ])
            .Heading("Where things are")
            .Listing(
                routes
                    .SelectMany(source => source.Endpoints)
                    .OfType<RouteEndpoint>()
                    .Select(Line)
                    .OfType<string>()
                    .Order(StringComparer.Ordinal)
            )
            .Paragraph(
                $"The routes in full: {address}/openapi.json. Every error names its kind; the kinds are explained at {address}/problems."
            );
    }

    private static string? Line(RouteEndpoint route) =>
        route.Metadata.GetMetadata<RouteDescription>() is { } note
        && route.Metadata.GetMetadata<HttpMethodMetadata>() is { } methods
            ? $"{route.RoutePattern.RawText,-30}{methods.HttpMethods[0],-7}{note.Summary}"
            : null;

    /// <summary>For a shell, whatever the name has in it.</summary>
    private static string Quoted(string path) => $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>A Unix socket has no address at the other end.</summary>
    private static bool IsLocal(IPAddress? address) => address is null || IPAddress.IsLoopback(address);
}
