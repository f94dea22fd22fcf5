using Headrace.Apps.Pipeline.Chains;
using Headrace.Apps.Pipeline.Messages;
using Headrace.Apps.Pipeline.Runs;
using Headrace.Client;
using Headrace.Commands.Output;
using Headrace.Protocol.Json;

namespace Headrace.Apps.Pipeline.Serving;

/// <summary>
/// The method server: takes requests from the input queue, runs each as a job, and puts its value into the output
/// queue. A request is settled when its job is on the server's disk, and the end of a job is acknowledged when its
/// response is in the output queue, so an interruption neither loses nor doubles a response.
/// </summary>
internal sealed class ServerProgram(RunContext context, MethodTable methods)
{
    // The keys of responses that the outbox still remembers. Each list is used by one of the two loops only.
    private readonly List<string> _ofJobs = [];
    private readonly List<string> _ofMessages = [];

    private PipelineRun Run => context.Run;

    /// <summary>Serves until a stop message arrives and all requests before it have been answered.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var listening = context.Listen(AcceptAsync, cancellationToken);
        while (!(await listening.IsStoppedAsync() && await context.Feed.IsEmptyAsync(cancellationToken)))
        {
            await context.Feed.PullAsync(RespondAsync, cancellationToken);
            await ForgetAsync(_ofJobs, cancellationToken);
        }
        await ForgetAsync(_ofMessages, cancellationToken);
    }

    private async Task AcceptAsync(InboxMessage message, RequestReading reading, CancellationToken cancellationToken)
    {
        // The messages before this one are settled.
        await ForgetAsync(_ofMessages, cancellationToken);
        if (reading.Fault is { } fault)
        {
            await RespondAsync(message, ResponseWriter.Unreadable(message.Content, fault), fault, cancellationToken);
            return;
        }
        var request = reading.Request!;
        if (request.Method.Length > RequestTags.MaxMethod || methods.Find(request.Method) is null)
        {
            await RespondAsync(
                message,
                ResponseWriter.UnknownMethod(request, methods.Names),
                $"The method '{request.Method}' is not registered.",
                cancellationToken
            );
            return;
        }
        try
        {
            await SubmitAsync(new ServedRequest(message.Name, request, 1), cancellationToken);
        }
        // The request was submitted before, with other options, by a program that was interrupted.
        catch (HeadraceProblemException repeated) when (repeated.Name == "key-reused")
        {
            context.Command.WriteNote($"Message {message.Name} is already a job.");
        }
        // The params do not fit the method, or no worker has ever offered it.
        catch (HeadraceProblemException rejected) when (rejected.Status is 400 or 404 or 413 or 422)
        {
            await RespondAsync(
                message,
                ResponseWriter.Failure(request, (rejected.Name, rejected.Message), null),
                rejected.Message,
                cancellationToken
            );
        }
    }

    private async Task RespondAsync(JobReply job, StepOutcome outcome, CancellationToken cancellationToken)
    {
        if (RequestTags.Read(job.Tags, job.Params, Run.Id) is not { } served)
            return;
        var turn = ServingRule.Decide(served, outcome, (job.Id, job.Attempt));
        if (turn.Again is { } again)
            await SubmitAsync(again, cancellationToken);
        if (turn.Response is { } response)
            await PutAsync(served.ResponseKeyIn(Run.Id), response, _ofJobs, cancellationToken);
        context.Command.Terminal.WriteRow(
            served.Message,
            served.Request.Method,
            SentIn(served),
            turn.Text,
            $"job {job.Id}"
        );
    }

    private async Task RespondAsync(
        InboxMessage message,
        ReadOnlyMemory<byte> response,
        string fault,
        CancellationToken cancellationToken
    )
    {
        context.Command.WriteNote($"Message {message.Name} is answered with an error: {fault}");
        await PutAsync($"{Run.Id}/{message.Name}/response", response, _ofMessages, cancellationToken);
    }

    private Task SubmitAsync(ServedRequest served, CancellationToken cancellationToken)
    {
        var method = methods.Find(served.Request.Method)!;
        var request = served.Request switch
        {
            { Method: PipelineRequest.DefaultMethod, Param: { } param } => Run.Options.Simulate(param),
            { Param: { } param } => JobRequest.Create(method, new { param }),
            { Params: { } values } => new JobRequest(method) { Params = values },
            _ => throw new InvalidOperationException("A request has a parameter or params."),
        };
        return context.SubmitAsync(
            request,
            RequestTags.Write(served, Run.Id),
            served.KeyIn(Run.Id),
            cancellationToken
        );
    }

    /// <summary>
    /// Puts a response into the output queue. Its key is forgotten after its job or its message is settled; until then,
    /// the key prevents a second response.
    /// </summary>
    private async Task PutAsync(
        string key,
        ReadOnlyMemory<byte> response,
        List<string> remembered,
        CancellationToken cancellationToken
    )
    {
        await context.UsePortAsync(
            port => port.Outbox.PutAsync(key, response, cancellationToken),
            cancellationToken
        );
        remembered.Add(key);
    }

    private async Task ForgetAsync(List<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return;
        await context.UsePortAsync(port => port.Outbox.ForgetAsync(keys, cancellationToken), cancellationToken);
        keys.Clear();
    }

    private static string SentIn(ServedRequest served) =>
        served.Request.Param is { } param ? Format.Number(param) : served.Request.Params?.GetRawText() ?? "";
}
