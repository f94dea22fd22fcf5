using Headrace.Core;
using Headrace.Core.Jobs;

namespace Headrace.Simulation;

/// <summary>Formats the messages and results of a simulation as readable text.</summary>
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
            CommitResult.Later => "unavailable, to be retried",
            CommitResult.Unknown => "unknown",
            CommitResult.Refused => "rejected",
            CommitResult.Broken => "failed",
            _ => result.GetType().Name,
        };

    private static string Of(Command command) =>
        command switch
        {
            Command.Submit submit =>
                $"submit {string.Join(", ", submit.Jobs.Select(job => $"{job.Spec.Method} to {job.Spec.Queue}{(job.Spec.Key is { } key ? $" with key {key.Text}" : "")}"))}",
            Command.Exchange exchange =>
                $"exchange {exchange.Number} of incarnation {exchange.Message.Sender.Incarnation.Value}, "
                    + $"listing [{string.Join(" ", exchange.Held.Select(Of))}]{Of(exchange.Message)}",
            Command.Report report =>
                $"report{Of(report.Message)}, started [{string.Join(" ", report.Started.Select(held => held.Lease))}]",
            Command.Pull pull => $"pull {pull.Top} of {pull.Queue} for {pull.Feed}",
            Command.Cancel cancel => $"cancel {cancel.Job}",
            Command.Look look => $"get job {look.Job}, waiting up to {look.Wait.TotalSeconds:0} s",
            Command.Died died =>
                $"{died.Worker.Worker} incarnation {died.Worker.Incarnation.Value} exited ({died.How})",
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
            null => "no response, the connection failed",
            Answer.Submitted submitted => "jobs "
                + $"{string.Join(" ", submitted.Results.Select(r => r.Refusal is null ? $"{r.Id}{(r.Repeated ? " repeated" : "")}" : "rejected"))}",
            Answer.Exchanged { EndedWhy: { } why } => $"terminate: {why}",
            Answer.Exchanged reply => $"reply {reply.Number}, leases "
                + $"[{string.Join(" ", reply.Leases.Select(row => $"{new LeaseToken(row.Id, row.Now.Attempt)}{(row.Now.Alone ? " isolated" : "")}"))}], acks [{string.Join(" ", reply.Recorded.Select(r => $"{r.Lease} {r.Verdict}"))}], revoked [{string.Join(" ", reply.Stop)}], stop requests [{string.Join(" ", reply.Wanted.Select(w => w.Lease))}]",
            Answer.Pulled pulled =>
                $"completions [{string.Join(" ", pulled.Ends.Select(end => $"{end.Finish}:{end.Job}"))}]",
            Answer.Live live => $"job {live.Job.Id} is {live.Job.Now.State.Word()}",
            Answer.Ended ended => $"job {ended.Job.Job.Id} {ended.Job.Job.Now.State.Word()}",
            _ => answer.GetType().Name,
        };
}
