using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;

namespace Headrace.Simulation;

/// <summary>Formats the messages and results of a simulation as readable text.</summary>
internal static class TraceText
{
    private static readonly System.Globalization.CultureInfo Culture = System
        .Globalization
        .CultureInfo
        .InvariantCulture;

    public static string Describe(Message message) =>
        message switch
        {
            Message.Request request => $"{request.Endpoint.Name} → server: {Describe(request.Command)}",
            Message.Reply reply => $"server → {reply.Endpoint.Name}: {Describe(reply.Response)}",
            _ => message.ToString(),
        };

    public static string Describe(CommitResult result) =>
        result switch
        {
            CommitResult.Durable => "durable",
            CommitResult.Later => "unavailable, to be retried",
            CommitResult.Unknown => "unknown",
            CommitResult.Refused => "rejected",
            CommitResult.Broken => "failed",
            _ => result.GetType().Name,
        };

    private static string Describe(Command command) =>
        command switch
        {
            Command.Submit submit => $"submit {string.Join(", ", submit.Jobs.Select(job => Describe(job.Spec)))}",
            Command.SubmitChildren children =>
                $"submission {children.Number} of {children.Parent}: {children.Count} children, "
                    + (children.Jobs.Count == 0 ? "refused" : List(children.Jobs.Select(job => Describe(job.Spec)))),
            Command.Exchange exchange =>
                $"exchange {exchange.Number} of incarnation {exchange.Message.Sender.Incarnation.Value}, "
                    + $"listing {List(exchange.LeasesHeld.Select(Describe))}{Describe(exchange.Message)}",
            Command.Report report =>
                $"report{Describe(report.Message)}, started {List(report.Started.Select(held => held.Lease))}",
            Command.Pull pull => $"pull {pull.MaxCount} of {pull.Queue} for {pull.Feed}"
                + (pull.Lease is null ? "" : $" with a lease, waiting up to {pull.Wait.TotalSeconds:0} s"),
            Command.Settle settle => $"{(settle.Acknowledges ? "acknowledge" : "release")} "
                + $"{List(settle.Deliveries.Select(token => $"{token.CompletionNumber}/{token.Epoch}"))} of "
                + settle.Feed,
            Command.CreateFeed create => $"create feed {create.Feed}",
            Command.SeekFeed seek => $"move feed {seek.Feed} to {seek.To.Number?.ToString(Culture) ?? "now"}",
            Command.DeleteFeed delete => $"delete feed {delete.Feed}",
            Command.WriteRegistry write => $"write to the registry {List(write.Writes.Select(Describe))}",
            Command.DeleteJob delete => $"delete job {delete.Job}",
            Command.Purge purge => $"purge {purge.MaxCount} jobs of {purge.Queue}",
            Command.Retry retry => $"retry {retry.Job}",
            Command.StartSweep start => $"start a sweep: {start.Action} with priority {start.Priority}",
            Command.StepSweep step => $"step sweep {step.Sweep}",
            Command.StopSweep stop => $"stop sweep {stop.Sweep}",
            Command.Cancel cancel => $"cancel {cancel.Job}",
            Command.GetJob getJob => $"get job {getJob.Job}, waiting up to {getJob.Wait.TotalSeconds:0} s",
            Command.WorkerDied workerDied =>
                $"{workerDied.Worker.Worker} incarnation {workerDied.Worker.Incarnation.Value} exited "
                    + $"({workerDied.ExitKind})",
            _ => command.GetType().Name,
        };

    private static string List<T>(IEnumerable<T> items) => $"[{string.Join(" ", items)}]";

    private static string Describe(JobSpec spec) =>
        $"{spec.Method} to {spec.Queue}{(spec.Key is { } key ? $" with key {key.Text}" : "")}";

    private static string Describe(RegistryWrite write) =>
        write switch
        {
            RegistryWrite.Put put => $"{put.Kind}/{put.Id} over {put.ExpectedVersion}",
            RegistryWrite.Delete delete => $"delete {delete.Kind}/{delete.Id} of {delete.ExpectedVersion}",
            RegistryWrite.Expect expect => $"expect {expect.Kind}/{expect.Id} of {expect.ExpectedVersion}",
            _ => write.ToString(),
        };

    private static string Describe(SubmitResult result) =>
        result.Rejection is null ? $"{result.Id}{(result.Repeated ? " repeated" : "")}" : "rejected";

    private static string Describe(JobRow row) =>
        $"{new LeaseToken(row.Id, row.Status.Attempt)}{(row.Status.Isolated ? " isolated" : "")}";

    private static string Describe(HeldLease held) =>
        $"{held.Lease}{(held.Finished ? " finished" : held.Started ? " started" : "")}";

    private static string Describe(WorkerMessage message) =>
        message.Outcomes.Count == 0 ? "" : $", outcomes {List(message.Outcomes.Select(o => $"{o.Lease} {o.Kind}"))}";

    private static string Describe(Response? response) =>
        response switch
        {
            null => "no response, the connection failed",
            Response.ChildrenSubmitted children => $"children {List(children.Children)}",
            Response.ChildrenRejected rejected => $"child {rejected.Index} rejected: {rejected.Rejection.Detail}",
            Response.Rejected rejected => $"rejected: {rejected.Rejection.Detail}",
            Response.Submitted submitted => $"jobs {string.Join(" ", submitted.Results.Select(Describe))}",
            Response.Exchanged { TerminateReason: { } why } => $"terminate: {why}",
            Response.Exchanged reply => $"reply {reply.Number}, leases "
                + $"{List(reply.Leases.Select(Describe))}, "
                + $"acks {List(reply.Acks.Select(r => $"{r.Lease} {r.Verdict}"))}, "
                + $"revoked {List(reply.Revoked)}, stop requests {List(reply.StopRequests.Select(w => w.Lease))}",
            Response.Pulled pulled =>
                $"completions {List(pulled.Completions.Select(end => $"{end.CompletionNumber}:{end.Job}"))}"
                    + (pulled.Epoch == 0 ? "" : $" with epoch {pulled.Epoch}"),
            Response.Settled settled => $"settled {settled.Deliveries}, ignored {settled.Ignored}",
            Response.ExpiredDeleted deleted => $"deleted {deleted.Jobs} expired jobs",
            Response.Retried retried => $"job {retried.Job.Id} is {retried.Job.Status.State.ToWireName()} again",
            Response.Sweeps sweeps => "sweeps "
                + List(sweeps.Items.Select(sweep => $"{sweep.Id} {sweep.State} at {sweep.Cursor}: {sweep.Changed}")),
            Response.Live live => $"job {live.Job.Id} is {live.Job.Status.State.ToWireName()}",
            Response.Ended ended => $"job {ended.Job.Job.Id} {ended.Job.Job.Status.State.ToWireName()}",
            Response.RegistryWritten written => $"registry versions {List(written.Versions)}",
            Response.RegistryConflict { Conflict: var conflict } =>
                $"conflict with version {conflict.ActualVersion} of {conflict.Kind}/{conflict.Id}",
            _ => response.GetType().Name,
        };
}
