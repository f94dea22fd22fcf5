using System.Globalization;
using System.Text;
using Headrace.Server.Hosting;
using Headrace.Server.Intake;
using Headrace.Server.Intake.Describing;
using Headrace.Server.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Server.Compat;

/// <summary>
/// The submission of seed system 001, a SHA-512 work service: <c>PUT /enqueue?iterations=N</c> with 16 to 256 KB of raw body. Served only under <c>--demo seed001</c>,
/// without a key, for its clients know none.
/// </summary>
internal sealed class Seed001Routes(ServerOptions options, Admission admission, RequestRoom room)
{
    private const string Demo = "seed001";
    private const int LeastBytes = 16 << 10;
    private const int MostBytes = 256 << 10;

    private static readonly RouteNote Note = new("Enqueue work as seed system 001 does")
    {
        Tag = "compat",
        Open = true,
        Parameters = [ParameterNote.Query("iterations", "How many times to hash, 1 or more") with { Required = true }],
        Bodies = [new BodyNote("application/octet-stream", null, "16 to 256 KB to hash")],
        Replies = [new ReplyNote(200, "text/plain", null, "work id: ID")],
        Problems = [ProblemKinds.UnknownMethod, ProblemKinds.TooLarge, ProblemKinds.InvalidParams, ProblemKinds.QueueFull],
    };

    public void Map(IEndpointRouteBuilder app)
    {
        if (options.Demo == Demo) app.Map("PUT", "/enqueue", Note, EnqueueAsync);
    }

    private async Task<IResult> EnqueueAsync(HttpContext context)
    {
        var request = context.Request;
        if (!Iterations(request.Query["iterations"]).Holds(out var iterations, out var problem)) return problem;
        if (request.ContentLength < LeastBytes) return TooSmall(request.ContentLength.Value);
        if (RequestBody.Refuse(request, MostBytes, "The body") is { } refused) return refused with { Detail = $"{refused.Detail} {Bounds}" };
        if (!room.Take(request.ContentLength ?? MostBytes).Holds(out var place, out problem)) return problem;
        using (place)
        {
            if (!(await RequestBody.ReadAsync(request, MostBytes, "The body", context.RequestAborted)).Holds(out var body, out problem)) return problem with { Detail = $"{problem.Detail} {Bounds}" };
            if (body.Length < LeastBytes) return TooSmall(body.Length);
            var terms = new JobTerms { Method = "sha512", Params = Params(iterations), Body = body, ContentType = "application/octet-stream" };
            if (!terms.ToJob(Submitter.Of(context)).Holds(out var job, out problem)) return problem;
            if (!(await admission.SubmitAsync(job, context.RequestAborted)).Holds(out var taken, out problem)) return problem;
            return TypedResults.Text($"work id: {taken.Id}", "text/plain", Encoding.UTF8);
        }
    }

    private static readonly string Bounds = $"Send {LeastBytes} to {MostBytes} bytes (16 to 256 KB).";

    private static Problem TooSmall(long bytes) => Problem.BadRequest($"The body has {bytes} bytes. {Bounds}");

    private static Checked<long> Iterations(string? text)
    {
        if (string.IsNullOrEmpty(text)) return Problem.BadRequest("The query member 'iterations' is missing: how many times to hash, as in /enqueue?iterations=1000.");
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= 1) return number;
        return Problem.BadRequest($"iterations={text} is not a whole number of 1 or more.");
    }

    private static byte[] Params(long iterations) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"iterations\":{iterations}}}"));
}
