using System.Text.RegularExpressions;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Tests.Server.Fuzz;

/// <content>
/// Requests to the routes that the server reports. A route that is added later is therefore covered without a request
/// that is written for it.
/// </content>
internal sealed partial class HostileRequests
{
    /// <summary>The kind of requests that are derived from a route's description.</summary>
    private const string RouteKind = "route";

    private HostileRequest AnyRoute()
    {
        var route = _values.Of(routes);
        var description = route.Metadata.GetMetadata<RouteDescription>();
        var method = _values.Of([.. route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods]);
        var path = Parameter().Replace(route.RoutePattern.RawText!, _ => PathValue());
        var queries = (description?.Parameters ?? [])
            .Where(parameter => parameter.Source == ParameterSource.Query)
            .Where(parameter => parameter.Required || _values.Chance(0.3))
            .Select(parameter => $"{parameter.Name}={Escape(QueryValueOf(parameter))}")
            .ToList();
        if (queries.Count > 0)
            path += "?" + string.Join('&', queries);
        if (description is not { Bodies.Count: > 0 })
            return Request(RouteKind, $"{method} {path}", null, []);
        var type = _values.Of(description.Bodies).ContentType;
        return Request(
            RouteKind,
            $"{method} {path}",
            type.Contains('*', StringComparison.Ordinal) ? "text/plain" : type,
            Utf8(Or("{}", () => _values.Chance(0.5) ? _values.Json() : _values.Text()))
        );
    }

    /// <summary>
    /// Returns a value for a path parameter. Ids of jobs and the default queue would disturb the jobs with which the
    /// test checks the server.
    /// </summary>
    private string PathValue() =>
        Or($"{1_000_000 + _values.Below(200)}", _values.Text) is var value and not "default" ? Escape(value) : "x";

    /// <summary>Returns a value for a query parameter. A valid wait would delay the reply.</summary>
    private string QueryValueOf(ParameterDescription parameter) =>
        parameter switch
        {
            { Name: "wait" } => Or("0", () => $"x{_values.Text()}"),
            IntegerParameter number => Or($"{number.Default}", _values.Number),
            _ => Or("1", _values.Text),
        };

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
