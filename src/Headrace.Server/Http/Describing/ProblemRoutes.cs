using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Http.Describing;

/// <summary>The pages that a problem's <c>type</c> points to.</summary>
internal static class ProblemRoutes
{
    private static readonly RouteDescription GetAll = new("listProblems", "List the kinds of problem")
    {
        Tag = "about",
        Access = AccessLevel.Public,
        Replies = [new ReplyDescription(200, "text/plain", null, "Every kind; HTML where Accept prefers it")],
    };

    private static readonly RouteDescription GetOne = new("getProblem", "Explain a kind of problem")
    {
        Tag = "about",
        Access = AccessLevel.Public,
        Parameters = [ParameterDescription.Path("name", "The end of a problem's type, such as queue-full")],
        Replies =
        [
            new ReplyDescription(200, "text/plain", null, "What it means and what to do; HTML where Accept prefers it"),
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
                "An error is answered as application/problem+json; its member type is the address of one of these kinds."
            )
            .Listing(ProblemKinds.All.Select(kind => $"{kind.Status}  {kind.Address,-30}{kind.Title}"));

    private static IResult One(string name)
    {
        if (ProblemKinds.Find(name) is not { } kind)
            return Problem.NotFound(
                $"There is no problem '{name}'. There are: {string.Join(", ", ProblemKinds.All.Select(k => k.Name))}."
            );
        return new TextPage(kind.Title)
            .Paragraph($"{kind.Name}, HTTP status {kind.Status}")
            .Heading("What it means")
            .Paragraph(kind.Explanation)
            .Heading("What to do")
            .Paragraph(kind.Remedy);
    }
}
