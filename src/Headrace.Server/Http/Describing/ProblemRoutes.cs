using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Http.Describing;

/// <summary>
/// The pages that explain the problem kinds. The <c>type</c> of a problem is the address of its page.
/// </summary>
internal static class ProblemRoutes
{
    private static readonly RouteDescription GetAll = new("listProblems", "List the problem kinds")
    {
        Tag = "about",
        Access = AccessLevel.Public,
        Replies =
        [
            new ReplyDescription(
                200,
                "text/plain",
                null,
                "All problem kinds, in HTML if the client prefers it (Accept header)"
            ),
        ],
    };

    private static readonly RouteDescription GetOne = new("getProblem", "Explain a problem kind")
    {
        Tag = "about",
        Access = AccessLevel.Public,
        Parameters = [ParameterDescription.Path("name", "The last part of a problem's type, for example queue-full")],
        Replies =
        [
            new ReplyDescription(
                200,
                "text/plain",
                null,
                "The meaning and the remedy, in HTML if the client prefers it (Accept header)"
            ),
        ],
        Problems = [ProblemKinds.NotFound],
    };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/problems", GetAll, _ => Task.FromResult<IResult>(All()));
        app.Map(
            "GET",
            "/problems/{name}",
            GetOne,
            context => Task.FromResult(One(context.GetRouteValue("name")!.ToString()!))
        );
    }

    private static TextPage All() =>
        new TextPage("Problems")
            .Paragraph(
                "Errors are returned as application/problem+json. The 'type' member is the address of a "
                    + "page that explains the problem kind."
            )
            .Listing(ProblemKinds.All.Select(kind => $"{kind.Status}  {kind.Address,-30}{kind.Title}"));

    private static IResult One(string name)
    {
        if (ProblemKinds.Find(name) is not { } kind)
            return Problem.NotFound(
                $"There is no problem kind '{name}'. Valid kinds: "
                    + $"{string.Join(", ", ProblemKinds.All.Select(k => k.Name))}."
            );
        return new TextPage(kind.Title)
            .Paragraph($"{kind.Name}, HTTP status {kind.Status}")
            .Heading("What it means")
            .Paragraph(kind.Explanation)
            .Heading("What to do")
            .Paragraph(kind.Remedy);
    }
}
