using System.Text.Json.Serialization.Metadata;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Compat;

/// <summary>
/// The routes of seed system 004 (BENCHOP as a service) that measure and rank pricing methods, and those of a related
/// system. Each request runs every method on the requested problems. The status of the reply is 200 if all jobs have
/// ended. Otherwise, it is 202, the reply contains the completed cells, and the client repeats the request to continue
/// waiting. The server maps these routes only with <c>--demo seed004</c>. They require no key because clients of that
/// system send none.
/// </summary>
internal sealed class Seed004ProblemRoutes(Seed004Cells cells)
{
    private const string TagName = "compat";

    /// <summary>Maximum size of the body of a ranking request: more than enough for 100 spots.</summary>
    private const int MaxBytes = 64 << 10;

    /// <summary>The interval, in seconds, at which a waiting client should repeat its request.</summary>
    private const string PollSeconds = "2";

    private static readonly ParameterDescription Prefer = ParameterDescription.Header(
        "Prefer",
        $"wait=N: how long the server waits for the measurement, at most {Preference.MaxWait} seconds, which is also "
            + "the default"
    );

    private static readonly ParameterDescription Name = ParameterDescription.Path(
        "name",
        "The problem: problem1_A1, problem1_A2, problem1_B1, problem1_B2, problem1_C1, problem1_C2, or an id of "
            + "headrace benchop, such as 2a or 4"
    );

    private static readonly IReadOnlyList<ProblemKind> Problems =
    [
        ProblemKinds.ForeignOrigin,
        ProblemKinds.UnknownMethod,
        ProblemKinds.InvalidParams,
        ProblemKinds.QueueFull,
    ];

    private static readonly RouteDescription All = new("seed004All", "Measure all problems with all methods")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Description =
            "The request takes a minute or more. While jobs are unfinished, the reply is 202 and contains the cells "
            + "that are done; repeat the request to wait longer.",
        Parameters = [Seed004Parameters.Run, Prefer],
        Replies =
        [
            ReplyDescription.Json<Seed004AllReply>(200, "The times and errors of each problem"),
            ReplyDescription.Json<Seed004AllReply>(202, "The cells that are done; repeat the request"),
        ],
        Problems = Problems,
    };

    private static readonly RouteDescription One = new("seed004Problem", "Measure a problem with all methods")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Description =
            "Without parameters, the problem has the values of the benchmark. Errors are relative to reference values "
            + "that are computed for the given values.",
        Parameters = [Name, .. Seed004Parameters.Query, Seed004Parameters.Run, Prefer],
        Replies =
        [
            ReplyDescription.Json<Seed004ProblemReply>(200, "The time and the error of each method"),
            ReplyDescription.Json<Seed004ProblemReply>(202, "The cells that are done; repeat the request"),
        ],
        Problems = [ProblemKinds.NotFound, .. Problems],
    };

    private static readonly RouteDescription RankAll = new("seed004RankAll", "Rank the methods of each problem")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Description =
            "Ranks the methods for each problem by time and by error. Each method chooses its own amount of work, so a "
            + "faster one may be less accurate; headrace benchop run ranks them at equal accuracy.",
        Parameters = [Seed004Parameters.Run, Prefer],
        Replies =
        [
            ReplyDescription.Json<Seed004AllRanksReply>(200, "The rankings of all problems"),
            ReplyDescription.Json<Seed004AllRanksReply>(202, "The rankings so far; repeat the request"),
        ],
        Problems = Problems,
    };

    private static readonly RouteDescription RankOne = new(
        "seed004Rank",
        "Rank the methods of a problem by your own reference values"
    )
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Parameters = [Name, Prefer],
        Bodies =
        [
            new BodyDescription(
                "application/json",
                typeof(Seed004RankRequest),
                "All parameters, and a reference value U for each spot S"
            ),
        ],
        Replies =
        [
            ReplyDescription.Json<Seed004RankReply>(200, "The methods by time and by error, in ascending order"),
            ReplyDescription.Json<Seed004RankReply>(202, "The ranking so far; repeat the request"),
        ],
        Problems = [ProblemKinds.NotFound, ProblemKinds.TooLarge, ProblemKinds.UnsupportedType, .. Problems],
    };

    private static readonly RouteDescription Upload = new("seed004Upload", "Explain how methods are added")
    {
        Tag = TagName,
        Access = AccessLevel.Public,
        Description =
            "This request is always rejected, because a request cannot contain code. The problem states the command "
            + "to use.",
        Problems = [ProblemKinds.Forbidden],
    };

    /// <summary>The memory budget for bodies that are sent without a key.</summary>
    private readonly BodyBudget _bodies = new(4 << 20);

    public void Map(IEndpointRouteBuilder app)
    {
        app.Map("GET", "/problem/all", All, GetAllAsync);
        app.Map("GET", "/problem/{name}", One, GetOneAsync);
        app.Map("GET", "/benchop/api/rank/allprobs", RankAll, RankAllAsync);
        app.Map("POST", "/benchop/api/prob/rank/{name}", RankOne, RankOneAsync);
        app.Map("POST", "/problems/upload", Upload, _ => Task.FromResult<IResult>(NoUpload));
    }

    private static Problem NoUpload =>
        new(
            ProblemKinds.Forbidden,
            "A request cannot contain code. Install the files where the workers run: headrace methods install FOLDER. "
                + "Workers offer the new methods immediately."
        );

    private Task<IResult> GetAllAsync(HttpContext context) =>
        AnswerAsync(
            context,
            Seed004Problem.All,
            (progress, measured) =>
                new Seed004AllReply(
                    progress.Time,
                    progress.Complete,
                    progress.Done,
                    progress.Jobs,
                    Seed004Problem.All.ToDictionary(one => one.Name, one => Seed004Table.Columns(one, measured))
                ),
            CompatJson.Default.Seed004AllReply
        );

    private async Task<IResult> GetOneAsync(HttpContext context)
    {
        if (!ProblemOf(context).TryGet(out var asked, out var problem))
            return problem;
        return await AnswerAsync(
            context,
            [asked],
            (progress, measured) =>
                new Seed004ProblemReply(
                    progress.Time,
                    progress.Complete,
                    progress.Done,
                    progress.Jobs,
                    Seed004Table.Columns(asked, measured)
                ),
            CompatJson.Default.Seed004ProblemReply
        );
    }

    private Task<IResult> RankAllAsync(HttpContext context) =>
        AnswerAsync(
            context,
            Seed004Problem.All,
            (progress, measured) =>
                new Seed004AllRanksReply(
                    progress.Complete,
                    progress.Done,
                    progress.Jobs,
                    Seed004Problem.All.ToDictionary(one => one.Name, one => Seed004Table.Ranking(one, measured))
                ),
            CompatJson.Default.Seed004AllRanksReply
        );

    private async Task<IResult> RankOneAsync(HttpContext context)
    {
        if (!ProblemOf(context).TryGet(out var asked, out var problem))
            return problem;
        using var reservation = _bodies.Begin();
        if (
            !(
                await RequestBody.ReadAsync(
                    context.Request,
                    MaxBytes,
                    "The JSON request",
                    reservation,
                    context.RequestAborted
                )
            ).TryGet(out var body, out problem)
        )
            return problem;
        if (!Seed004RankRequest.Read(body).TryGet(out var request, out problem))
            return problem;
        return await AnswerAsync(
            context,
            [asked],
            (progress, measured) =>
                new Seed004RankReply(
                    progress.Complete,
                    progress.Done,
                    progress.Jobs,
                    Seed004Table.Ranking(asked, measured, request.References)
                ),
            CompatJson.Default.Seed004RankReply,
            request.Parameters
        );
    }

    /// <summary>
    /// Measures problems, and replies with the complete result, or with the part that is done and headers that tell the
    /// client how to wait for the rest. <paramref name="reply"/> creates the reply from the progress and the cells.
    /// </summary>
    private async Task<IResult> AnswerAsync<T>(
        HttpContext context,
        IReadOnlyList<Seed004Problem> problems,
        Func<Seed004Progress, IReadOnlyList<Seed004Cell>, T> reply,
        JsonTypeInfo<T> type,
        Seed004Parameters? parameters = null
    )
    {
        if (!(await MeasureAsync(context, problems, parameters)).TryGet(out var measured, out var problem))
            return problem;
        var progress = Seed004Table.Progress(measured);
        var value = reply(progress, measured);
        if (progress.Complete)
            return new JsonReply<T>(value, type);
        context.Response.Headers.RetryAfter = PollSeconds;
        if (HttpMethods.IsGet(context.Request.Method))
            context.Response.Headers.Location = $"{context.Request.Path}{context.Request.QueryString}";
        return new JsonReply<T>(value, type, StatusCodes.Status202Accepted);
    }

    private async Task<Result<List<Seed004Cell>>> MeasureAsync(
        HttpContext context,
        IReadOnlyList<Seed004Problem> problems,
        Seed004Parameters? parameters = null
    )
    {
        // Unlike other GET routes, these routes start jobs. A page on another host can make a browser send a GET
        // request without an Origin header, but not without the header checked here.
        if (context.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site")
            return new Problem(ProblemKinds.ForeignOrigin, ProblemKinds.ForeignOrigin.Explanation);
        if (parameters is null)
        {
            if (!Seed004Parameters.Read(context.Request.Query).TryGet(out parameters, out var problem))
                return problem;
        }
        var wait = Preference.Wait(context.Request.Headers["Prefer"]) ?? TimeSpan.FromSeconds(Preference.MaxWait);
        var measured = await cells.MeasureAsync(problems, parameters, wait, context.RequestAborted);
        return measured.TryGet(out var all, out _) && all.TrueForAll(cell => cell.IsRejected)
            // No method accepts the parameters, so the first reason applies to all of them.
            ? Problem.BadRequest(all[0].Reason!)
            : measured;
    }

    private static Result<Seed004Problem> ProblemOf(HttpContext context)
    {
        var name = context.GetRouteValue("name")?.ToString() ?? "";
        return Seed004Problem.Find(name) is { } found
            ? found
            : Problem.NotFound(
                $"There is no problem '{QuotedText.Clip(name)}'. Problems: {Seed004Problem.Names}, and all for every "
                    + "problem."
            );
    }
}
