using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Server.Http;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;
using Wire = Headrace.Protocol.Exchange;

namespace Headrace.Server.Workers;

/// <summary>
/// Handles a worker message: sends the command to the shard and, once the command's batch is durable, reads the bodies
/// and long params of the granted jobs from the job store (R15).
/// </summary>
internal sealed partial class ExchangeHandler(
    IShardRouter shards,
    IJobStore jobStore,
    BrokerOptions options,
    ReplyBudget replies,
    TimeProvider time,
    ILogger<ExchangeHandler> logger
)
{
    /// <summary>
    /// The memory budget for worker messages. It is separate from the budget for submissions, so that a burst of
    /// submissions never blocks outcomes.
    /// </summary>
    public BodyBudget MessageBudget { get; } = new();

    /// <summary>The duration of leases. A worker must receive a reply with leases within this time.</summary>
    public TimeSpan Lease => options.Lease;

    /// <summary>
    /// Returns the reply and the memory reserved for it, which is <paramref name="copies"/> times the size of its
    /// bodies and params. If no memory becomes available in time, the worker sends the exchange again and receives the
    /// same leases (R6).
    /// </summary>
    public async Task<Result<OutgoingReply>> HandleAsync(
        Command command,
        int copies,
        CancellationToken cancellationToken
    )
    {
        var message = command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            var other => throw new ArgumentException($"{other.GetType().Name} is not a worker command."),
        };
        // Crash point 7: outcomes have arrived but exist only in this request. The worker keeps them and sends them to
        // the restarted server. Each outcome is recorded once, and no job runs again.
        if (message.Outcomes.Count > 0)
            CrashPoint.Reached(7);
        var said = await shards.Of(message.Sender.Worker).SendAsync(command, cancellationToken);
        if (said is not Response.Exchanged answer)
            return Problem.Of(((Response.Rejected)said).Rejection);
        if (
            !(await replies.ReserveAsync(copies * ExchangeWriting.InputBytes(answer), cancellationToken)).TryGet(
                out var memory,
                out var problem
            )
        )
            return problem;
        try
        {
            return new OutgoingReply(await FillAsync(answer, cancellationToken), memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private async Task<Wire.ExchangeReply> FillAsync(Response.Exchanged answer, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredRow> bodies = ExchangeWriting.Payloads(answer) is { Count: > 0 } keys
            ? await jobStore.ReadAsync(keys, cancellationToken)
            : [];
        if (
            bodies.OfType<PayloadRow>().Where(body => body.IsDamaged).Select(body => body.Job).ToHashSet() is
            { Count: > 0 } damaged
        )
            answer = await WithoutDamagedAsync(answer, damaged, cancellationToken);
        // Crash point 4: the claims are on disk, but the leases have not been sent. After the restart, the worker sends
        // the same exchange again and receives the same leases with the same attempt numbers, so the jobs run once.
        if (answer.Leases.Count > 0)
            CrashPoint.Reached(4);
        // Crash point 8: the outcomes are on disk, but the worker has not received the acknowledgement. The worker
        // sends the outcomes again. The jobs have ended, so the broker drops the repeated outcomes and keeps the
        // recorded ones.
        if (answer.Acks.Count > 0)
            CrashPoint.Reached(8);
        return ExchangeWriting.Write(answer, bodies, jobStore.Store.Id, options.Lease, time.GetUtcNow());
    }

    /// <summary>
    /// Fails the jobs whose bodies are damaged on disk and omits them from the reply, so that no worker runs them.
    /// </summary>
    private async Task<Response.Exchanged> WithoutDamagedAsync(
        Response.Exchanged answer,
        HashSet<JobId> damaged,
        CancellationToken cancellationToken
    )
    {
        var leases = answer
            .Leases.Where(job => damaged.Contains(job.Id))
            .Select(job => new LeaseToken(job.Id, job.Status.Attempt))
            .ToList();
        BodiesDamaged(string.Join(' ', leases.Select(lease => lease.Job)));
        // A worker exchanges messages with only one shard, so all its leases belong to that shard.
        await shards.Of(leases[0].Job).SendAsync(new Command.InputDamaged(leases), cancellationToken);
        return answer with { Leases = [.. answer.Leases.Where(job => !damaged.Contains(job.Id))] };
    }
}
