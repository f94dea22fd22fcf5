using System.Reflection;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Hosting;

/// <summary><c>GET /</c>: a short introduction, a few commands to copy and paste, and the list of routes.</summary>
internal static class IndexPage
{
    private static readonly RouteDescription Description = new("getIndex", "Read a short introduction")
    {
        Tag = "about",
        Access = AccessLevel.Public,
        Replies =
        [
            new ReplyDescription(
                200,
                "text/plain",
                null,
                "A short page, in HTML if the client prefers it (Accept header)"
            ),
        ],
    };

    private static readonly string Version =
        typeof(IndexPage)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "";

    public static void Map(IEndpointRouteBuilder app) =>
        app.Map("GET", "/", Description, context => Task.FromResult<IResult>(Page(context, app.DataSources)));

    private static TextPage Page(HttpContext context, IEnumerable<EndpointDataSource> routes)
    {
        var request = context.Request;
        var address = $"{request.Scheme}://{(request.Host.HasValue ? request.Host.Value : "localhost")}";
        return new TextPage($"Headrace {Version}")
            .Paragraph(
                "Headrace is a durable job queue. A job is written to disk before its submission is acknowledged "
                    + "with 202. A worker process then runs it, and its result is stored under the job id."
            )
            .Heading("First commands")
            .Listing([
                // The page requires no key, so it must not show the path of the data folder, which can contain a user's
                // name.
                "KEY=$(cat DATA/admin.key)    # DATA is the data folder: headrace config show",
                "",
                "# compute the SHA-512 of 'hello', hashed 1000 times, and wait for the result",
                "curl -H \"Authorization: Bearer $KEY\" -H 'Prefer: wait=10' --data-binary hello "
                    + $"'{address}/v1/jobs?method=sha512&iterations=1000'",
                "",
                "# list the methods of the workers, and the latest results",
                $"curl -H \"Authorization: Bearer $KEY\" {address}/v1/methods",
                $"curl -H \"Authorization: Bearer $KEY\" '{address}/v1/results?top=5'",
                "",
                "# the same job from the command line, which finds the server's address and key",
                "headrace run sha512 iterations=1000 --input FILE",
            ])
            .Heading("Routes")
            .Listing(
                routes
                    .SelectMany(source => source.Endpoints)
                    .OfType<RouteEndpoint>()
                    .Select(Line)
                    .OfType<string>()
                    .Order(StringComparer.Ordinal)
            )
            .Paragraph(
                $"{address}/openapi.json describes all routes in detail. Every error names its problem kind; "
                    + $"{address}/problems explains each kind."
            );
    }

    private static string? Line(RouteEndpoint route) =>
        route.Metadata.GetMetadata<RouteDescription>() is { } note
        && route.Metadata.GetMetadata<HttpMethodMetadata>() is { } methods
            ? $"{route.RoutePattern.RawText,-30}{methods.HttpMethods[0],-7}{note.Summary}"
            : null;
}
