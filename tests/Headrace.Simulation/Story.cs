using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>Says in words what travels between the parties of a simulated world.</summary>
internal static class Story
{
    public static string Of(Message message) =>
        message switch
        {
            Message.Request request => $"{request.Party.Name} → server: {Of(request.Command)}",
            Message.Reply reply => $"server → {reply.Party.Name}: {Of(reply.Answer)}",
            _ => message.ToString(),
        };

    public static string Of(CommitResult result) =>
        result switch
        {
            CommitResult.Durable => "durable",
            CommitResult.Later => "later",
            CommitResult.Unknown => "unknown",
            CommitResult.Refused => "refused",
            CommitResult.Broken => "broken",
            _ => result.GetType().Name,
        };

    private static string Of(Command command) =>
        command switch
        {
            Command.Submit submit =>
                $"submit {string.Join(", ", submit.Jobs.Select(job => $"{job.Spec.Method} to {job.Spec.Queue}{(job.Spec.Key is { } key ? $" with key {key.Text}" : "")}"))}",
            Command.Exchange exchange =>
                $"exchange {exchange.Number} of incarnation {exchange.Message.Sender.Incarnation.Value}, listing [{string.Join(" ", exchange.Held.Select(Of))}]{Of(exchange.Message)}",
            Command.Report report =>
                $"report{Of(report.Message)}, started [{string.Join(" ", report.Started.Select(held => held.Lease))}]",
            Command.Pull pull => $"pull {pull.Top} of {pull.Queue} for {pull.Feed}",
            Command.Cancel cancel => $"cancel {cancel.Job}",
            Command.Look look => $"look at {look.Job} for {look.Wait.TotalSeconds:0} s",
            Command.Died died => $"{died.Worker.Worker} incarnation {died.Worker.Incarnation.Value} died ({died.How})",
            _ => command.GetType().Name,
        };

    private static string Of(HeldLease held) =>
        $"{held.Lease}{(held.Finished ? " finished" : held.Started ? " started" : "")}";

    private static string Of(WorkerMessage message) =>
        message.Outcomes.Count == 0
            ? ""
            : $", outcomes [{string.Join(" ", message.Outcomes.Select(o => $"{o.Lease} {o.Kind}"))}]";

    private static string Of(Answer? answer) =>
        answer switch
        {
            null => "no answer, the connection broke",
            Answer.Submitted submitted =>
                $"jobs {string.Join(" ", submitted.Results.Select(r => r.Refusal is null ? $"{r.Id}{(r.Repeated ? " again" : "")}" : "refused"))}",
            Answer.Exchanged { EndedWhy: { } why } => $"ended: {why}",
            Answer.Exchanged reply =>
                $"reply {reply.Number}, leases [{string.Join(" ", reply.Leases.Select(row => $"{new LeaseToken(row.Id, row.Now.Attempt)}{(row.Now.Alone ? " alone" : "")}"))}], recorded [{string.Join(" ", reply.Recorded.Select(r => $"{r.Lease} {r.Verdict}"))}], stop [{string.Join(" ", reply.Stop)}], wanted [{string.Join(" ", reply.Wanted.Select(w => w.Lease))}]",
            Answer.Pulled pulled => $"given [{string.Join(" ", pulled.Ends.Select(end => $"{end.Finish}:{end.Job}"))}]",
            Answer.Live live => $"job {live.Job.Id} is {live.Job.Now.State.Word()}",
            Answer.Ended ended => $"job {ended.Job.Job.Id} {ended.Job.Job.Now.State.Word()}",
            _ => answer.GetType().Name,
        };
}
