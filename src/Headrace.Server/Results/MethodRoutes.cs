using System.Text.Json;
using Headrace.Core;
using Headrace.Protocol.Json;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Shards;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Results;

/// <summary>The methods that some worker has offered, with their schemas.</summary>
internal sealed class MethodRoutes(IShardDoor door)
{
    private static readonly RouteNote GetAll = new("List methods")
    {
        Tag = "methods",
        Replies =
        [
            ReplyNote.Json<IReadOnlyList<MethodReply>>(
                200,
                "Every known method version; 'workers' says how many offer it now"
            ),
        ],
    };

    private static readonly RouteNote GetOne = new("Read a method")
    {
        Tag = "methods",
        Parameters =
        [
            ParameterNote.Path(
                "method",
                "The method, as sha512@1, or as sha512 for the version that a job without one would take"
            ),
        ],
        Replies = [ReplyNote.Json<MethodReply>(200, "The method version with the JSON Schema of its parameters")],
        Problems = [ProblemKinds.UnknownMethod],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/v1/methods", GetAll, GetAllAsync);
        app.Map("GET", "/v1/methods/{method}", GetOne, GetOneAsync);
    }

    private async Task<IResult> GetAllAsync(HttpContext context)
    {
        var methods = await AskAsync(context);
        return new JsonReply<IReadOnlyList<MethodReply>>(
            [.. methods.Select(View)],
            HeadraceJson.Default.IReadOnlyListMethodReply
        );
    }

    private async Task<IResult> GetOneAsync(HttpContext context)
    {
        var name = context.GetRouteValue("method")?.ToString();
        var methods = await AskAsync(context);
        var found = MethodRef.TryParse(name, out var asked)
            ? methods
                .Where(m => m.Name == asked.Name && (asked.Version == 0 || m.Version == asked.Version))
                .OrderBy(m => m.Workers > 0)
                .ThenBy(m => m.Version)
                .LastOrDefault()
            : null;
        if (found is not null)
            return new JsonReply<MethodReply>(View(found), HeadraceJson.Default.MethodReply);
        var exist =
            methods.Count == 0
                ? "No worker has offered any method yet."
                : $"There are: {string.Join(", ", methods.Select(m => new MethodRef(m.Name, m.Version)))}.";
        return new Problem(ProblemKinds.UnknownMethod, $"No worker has ever offered the method '{name}'. {exist}");
    }

    private async Task<IReadOnlyList<MethodView>> AskAsync(HttpContext context) =>
        (await door.AskForAsync<Answer.Methods>(new Command.ListMethods(), context.RequestAborted)).Items;

    private static MethodReply View(MethodView method) =>
        new(method.Name.Text, method.Version, Schema(method.Schema), method.Workers) { RunsOn = method.RunsOn };

    private static JsonElement Schema(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            // A worker may have told anything; 'true' is the schema that everything fits, and that is how such a method
            // is treated.
            return JsonElement.Parse("true");
        }
    }
}
