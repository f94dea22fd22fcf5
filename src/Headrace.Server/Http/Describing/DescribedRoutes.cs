using Headrace.Protocol.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Http.Describing;

/// <summary>
/// Maps a handler together with its description, so that every route is described and no query parameter is ignored.
/// </summary>
internal static class DescribedRoutes
{
    public static IEndpointConventionBuilder Map(
        this IEndpointRouteBuilder app,
        string method,
        string pattern,
        RouteDescription note,
        Func<HttpContext, Task<IResult>> handle
    )
    {
        // The handler is passed as a Delegate, because the other overload would treat the handler as a RequestDelegate
        // and discard its result.
        Delegate guarded = (HttpContext context) =>
            Unknown(context.Request, note) is { } problem ? Task.FromResult<IResult>(problem) : handle(context);
        return app.MapMethods(pattern, [method], guarded).Describe(note);
    }

    /// <summary>
    /// Adds the description and the access level to a route. The framework's <c>Accepts</c> is not used, because it
    /// rejects bodies of other types without listing the supported types.
    /// </summary>
    public static TBuilder Describe<TBuilder>(this TBuilder route, RouteDescription note)
        where TBuilder : IEndpointConventionBuilder
    {
        route.WithMetadata(note).WithName(note.Name).WithSummary(note.Summary).WithTags(note.Tag);
        if (note.Description is { } description)
            route.WithDescription(description);
        foreach (var reply in note.Replies)
            route.WithMetadata(
                new ProducesResponseTypeMetadata(reply.Status, reply.Type ?? typeof(void), [reply.ContentType])
            );
        foreach (var status in note.Problems.Concat(RouteDescription.Everywhere).Select(kind => kind.Status).Distinct())
            route.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemReply), [Problem.ContentType]));
        return route.WithAccess(note.Access);
    }

    /// <summary>Restricts the route to callers with this access level.</summary>
    public static TBuilder WithAccess<TBuilder>(this TBuilder route, AccessLevel access)
        where TBuilder : IEndpointConventionBuilder
    {
        route.WithMetadata(new RouteAccess(access));
        return access == AccessLevel.Public ? route.AllowAnonymous() : route.RequireAuthorization(access.ToString());
    }

    private static Problem? Unknown(HttpRequest request, RouteDescription note)
    {
        foreach (var header in note.UnsupportedHeaders)
            if (request.Headers.ContainsKey(header))
                return Problem.BadRequest($"The header '{header}' is not supported in this version. Leave it out.");
        foreach (var (name, values) in request.Query)
        {
            if (note.UnsupportedQuery.Contains(name))
                return Problem.BadRequest(
                    $"The query parameter '{name}' is not supported in this version. Leave it out."
                );
            if (values.Count > 1)
                return Problem.BadRequest(
                    $"The query parameter '{QuotedText.Clip(name)}' is set {values.Count} times. Set it once."
                );
            if (!note.AnyQuery && !note.Parameters.Any(p => p.Source == ParameterSource.Query && p.Name == name))
                return Problem.BadRequest($"Unknown query parameter '{QuotedText.Clip(name)}'. {Known(note)}");
        }
        return null;
    }

    private static string Known(RouteDescription note)
    {
        var names = note.Parameters.Where(p => p.Source == ParameterSource.Query).Select(p => p.Name).ToList();
        return names.Count == 0
            ? "This route has no query parameters."
            : $"Valid parameters: {string.Join(", ", names)}.";
    }
}
