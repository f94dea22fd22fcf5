using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Local;
using Headrace.Server.Http;
using Headrace.Server.Shards;
using Microsoft.Extensions.Logging;
using Wire = Headrace.Protocol.Exchange;

namespace Headrace.Server.Workers;

/// <summary>
/// Answers a worker: the command goes into the shard, and once its batch is durable the bodies are read from the
/// journal (R15).
/// </summary>
internal sealed partial class ExchangeDesk(
    IShardRouter shards,
    IJournal journal,
    BrokerOptions options,
    TimeProvider time,
    ILogger<ExchangeDesk> logger
)
{
    /// <summary>
    /// Bytes of workers' messages that are read at a time. Apart from the room of submissions, so that no crowd of them
    /// keeps outcomes out.
    /// </summary>
    public RequestRoom Room { get; } = new();

    public async Task<Checked<Wire.ExchangeReply>> AnswerAsync(Command command, CancellationToken cancellationToken)
    {
        var message = command switch
        {
            Command.Exchange exchange => exchange.Message,
            Command.Report report => report.Message,
            var other => throw new ArgumentException($"{other.GetType().Name} is no message of a worker."),
        };
        // Crash point 7: outcomes have arrived and exist only in this request. The worker still has them and sends them
        // to the next server, which records them once; nothing runs again.
        if (message.Outcomes.Count > 0)
            CrashPoint.Reached(7);
        var said = await shards.Of(message.Sender.Worker).AskAsync(command, cancellationToken);
        if (said is not Answer.Exchanged answer)
            return Problem.Of(((Answer.Refused)said).Refusal);
        IReadOnlyList<StoredRow> bodies = ExchangeWriting.Bodies(answer) is { Count: > 0 } keys
            ? await journal.ReadAsync(keys, cancellationToken)
            : [];
        if (
            bodies.OfType<PayloadRow>().Where(body => body.IsDamaged).Select(body => body.Job).ToHashSet() is
            { Count: > 0 } damaged
        )
            answer = await WithoutAsync(answer, damaged, cancellationToken);
        // Crash point 4: the claims are on disk, the leases have not left. After the restart the rows stay with this
        // worker, which sends the same exchange again and is given them,
        // attempt and all: the jobs run once.
        if (answer.Leases.Count > 0)
            CrashPoint.Reached(4);
        // Crash point 8: the ends are on disk, and the worker does not know. It sends its outcomes again; no such jobs
        // are live any more, so they are dropped, and what was recorded stays.
        if (answer.Recorded.Count > 0)
            CrashPoint.Reached(8);
        return ExchangeWriting.Write(answer, bodies, journal.Store.Id, options.Lease, time.GetUtcNow());
    }

    /// <summary>
    /// Fails the jobs whose bodies the disk has damaged and leaves them out of the reply, so that no worker runs them.
    /// </summary>
    private async Task<Answer.Exchanged> WithoutAsync(
        Answer.Exchanged answer,
        HashSet<JobId> damaged,
        CancellationToken cancellationToken
    )
    {
        var leases = answer
            .Leases.Where(job => damaged.Contains(job.Id))
            .Select(job => new LeaseToken(job.Id, job.Now.Attempt))
            .ToList();
        BodiesDamaged(string.Join(' ', leases.Select(lease => lease.Job)));
        // A worker has an exchange with one shard, so its leases are all of that shard.
        await shards.Of(leases[0].Job).AskAsync(new Command.InputDamaged(leases), cancellationToken);
        return answer with { Leases = [.. answer.Leases.Where(job => !damaged.Contains(job.Id))] };
    }
}
